/** Opens a tokenizer from a file or a model's folder. */
import { stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { MdpError } from "../core/errors.ts";
import { parseTokenizer } from "./load.ts";
import { parseSentencePiece } from "./sentencepiece/load.ts";
import type { Tokenizer } from "./tokenizer.ts";
import type { TokenizerParts } from "./transformers-parts.ts";

/** Files that name special tokens, the more telling one first. */
const BESIDE = ["tokenizer_config.json", "special_tokens_map.json"];
const IN_FOLDER = ["tokenizer.json", "tokenizer.model", "spiece.model", "sentencepiece.bpe.model"];

/**
 * A tokenizer from a `tokenizer.json`, a SentencePiece `.model` file, or a model's folder that holds one. An `MdpError`
 * when there is none, or when it has a part that is not supported.
 *
 * @param instead parts that take the place of those of a `tokenizer.json`
 */
export async function openTokenizer(path: string, instead: TokenizerParts = {}): Promise<Tokenizer> {
  const file = await fileOf(path);
  const beside = await besides(dirname(file));
  if (file.endsWith(".model")) return parseSentencePiece(await Bun.file(file).bytes(), file, beside);
  return parseTokenizer(await Bun.file(file).text(), file, beside, instead);
}

async function fileOf(path: string): Promise<string> {
  const found = await stat(path).catch(() => undefined);
  if (!found) throw missing(path, "there is no such file or folder");
  if (!found.isDirectory()) return path;
  for (const name of IN_FOLDER) if (await Bun.file(join(path, name)).exists()) return join(path, name);
  throw missing(path, `the folder holds none of ${IN_FOLDER.join(", ")}`);
}

function missing(where: string, what: string): MdpError {
  return new MdpError({
    code: "tokenizer-missing",
    message: `no tokenizer: ${what}`,
    where,
    hint: "name a tokenizer.json, a SentencePiece .model file, or a model's folder that holds one",
  });
}

async function besides(folder: string): Promise<unknown[]> {
  const found: unknown[] = [];
  for (const name of BESIDE) {
    const file = Bun.file(join(folder, name));
    if (await file.exists()) found.push(await file.json().catch(() => undefined));
  }
  return found.filter((file) => file !== undefined);
}
