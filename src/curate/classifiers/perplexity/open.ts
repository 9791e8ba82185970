/** Opens an n-gram model by what its file is. */
import { existsSync } from "node:fs";
import { MdpError } from "../../../core/errors.ts";
import { readArpa } from "./arpa.ts";
import { isNgramFile, readNgramFile } from "./file.ts";
import type { NgramModel } from "./model.ts";

const KENLM = "mmap lm http://kheafield.com/code";
const HEAD_BYTES = 64;

/** Our own format, else ARPA, perhaps with gzip around it. KenLM's binary format is an `MdpError` that says so. */
export async function openNgramModel(path: string): Promise<NgramModel> {
  if (!existsSync(path)) {
    throw new MdpError({
      code: "model-missing",
      message: "the n-gram model does not exist",
      where: path,
      hint: "check perplexityModel",
    });
  }
  const head = new Uint8Array(await Bun.file(path).slice(0, HEAD_BYTES).arrayBuffer());
  if (isNgramFile(head)) return readNgramFile(path);
  if (new TextDecoder().decode(head).startsWith(KENLM)) {
    throw new MdpError({
      code: "model-unsupported",
      message: "this is KenLM's binary form, which depends on the machine and on how it was built, and is not read",
      where: path,
      hint: "name the ARPA file that build_binary made it from (lmplz writes it; .arpa.gz will do)",
    });
  }
  return readArpa(path);
}
