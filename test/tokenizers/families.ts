/** Tokenizers of well-known families, trained by the Rust library: their own vocabularies cannot be had everywhere. */
import { join } from "node:path";
import { inflateSync } from "node:zlib";
import { readModelFile } from "../../src/tokenizers/sentencepiece/model-file.ts";
import { python } from "../support/peers.ts";

export const FAMILIES = [
  "gpt2",
  "llama3",
  "qwen2",
  "roberta",
  "o200k",
  "deepseek",
  "clip",
  "bert",
  "wordpiece",
  "t5",
  "xlmr",
  "albert",
  "llama2",
  "mistral",
];

/** SentencePiece's own table, from a model that the package trained. */
async function charsmap(): Promise<Uint8Array> {
  const golden = await Bun.file(join(import.meta.dir, "../../fixtures/golden/sentencepiece.json")).json();
  return readModelFile(inflateSync(Buffer.from(golden.models[0].deflated, "base64"))).normalizer.charsmap;
}

/** Writes `<family>.json` for each family into the folder. */
export async function trainFamilies(
  folder: string,
  text: string,
  size: number,
  families: readonly string[] = FAMILIES,
): Promise<void> {
  const table = join(folder, "charsmap.bin");
  await Bun.write(table, await charsmap());
  await python("test/parity/tokenizer_families.py", [folder, table, String(size), families.join(",")], text);
}
