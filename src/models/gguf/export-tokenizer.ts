/** A tokenizer as GGUF's metadata. */
import type { MdpError } from "../../core/errors.ts";
import { unsupportedGguf } from "./format.ts";
import { preTokenizerName } from "./pre-tokenizers.ts";
import type { TokenizerParts } from "./tokenizer-json.ts";
import type { Entry } from "./write.ts";

/** Kinds of tokens, by llama.cpp's codes. */
export const tokenKinds = { normal: 1, unknown: 2, control: 3, userDefined: 4, unused: 5, byte: 6 } as const;

const USES = { bos: "bos", eos: "eos", unk: "unknown", pad: "padding" } as const;

export interface TokenizerEntries {
  entries: Entry[];
  /** What another program might do otherwise with the file. */
  warnings: string[];
}

/** @param rows of the embedding; ids without a token are filled up, as llama.cpp wants one token a row */
export function tokenizerEntries(parts: TokenizerParts, rows: number): TokenizerEntries {
  const { file, path, special, addBos, addEos, chatTemplate } = parts;
  const vocab = vocabularyOf(parts);
  const tokens = tokenList(parts, vocab, rows);
  const merges = file.model.merges.map((merge) => (typeof merge === "string" ? merge : merge.join(" ")));
  const warnings: string[] = [];
  const entries: Entry[] = [];
  const text = (key: string, value: string) => entries.push({ key: `tokenizer.${key}`, kind: "string", value });
  if (isByteLevel(parts)) {
    const pre = preTokenizerName(file.pre_tokenizer);
    if (pre === undefined)
      warnings.push("the way this tokenizer cuts text has no name in GGUF: other programs may cut otherwise");
    text("ggml.model", "gpt2");
    text("ggml.pre", pre ?? "default");
  } else if (file.model.byte_fallback) {
    text("ggml.model", "llama");
    text("ggml.pre", "default");
  } else {
    throw unsupported(path, "this kind of BPE, neither by bytes nor with a fall-back to bytes,");
  }
  entries.push({
    key: "tokenizer.ggml.tokens",
    kind: "array",
    items: "string",
    values: tokens.map(({ text }) => text),
  });
  if (!isByteLevel(parts)) {
    entries.push({ key: "tokenizer.ggml.scores", kind: "array", items: "f32", values: scores(tokens, merges) });
  }
  entries.push({
    key: "tokenizer.ggml.token_type",
    kind: "array",
    items: "i32",
    values: tokens.map(({ kind }) => kind),
  });
  if (isByteLevel(parts))
    entries.push({ key: "tokenizer.ggml.merges", kind: "array", items: "string", values: merges });
  const ids = new Map(tokens.map((token, id) => [token.text, id]));
  for (const [use, name] of Object.entries(USES) as [keyof typeof USES, string][]) {
    const id = special[use] === undefined ? undefined : ids.get(special[use]);
    if (id !== undefined) entries.push({ key: `tokenizer.ggml.${name}_token_id`, kind: "u32", value: id });
  }
  entries.push({ key: "tokenizer.ggml.add_bos_token", kind: "bool", value: addBos });
  entries.push({ key: "tokenizer.ggml.add_eos_token", kind: "bool", value: addEos });
  if (!isByteLevel(parts)) {
    entries.push({
      key: "tokenizer.ggml.add_space_prefix",
      kind: "bool",
      value: /"Prepend"/.test(JSON.stringify(file.normalizer ?? null)),
    });
  }
  if (chatTemplate !== undefined) text("chat_template", chatTemplate);
  return { entries, warnings };
}

/** A merge is written as two words with a space between, so neither may hold one; a byte-level vocabulary has none. */
function vocabularyOf({ file, path }: TokenizerParts): Record<string, number> {
  const { type, vocab } = file.model;
  if ((type ?? "BPE") !== "BPE") throw unsupported(path, `tokenizer model ${type}`);
  const fits = typeof vocab === "object" && vocab !== null && Object.values(vocab).every((id) => Number.isInteger(id));
  if (!fits) throw unsupported(path, "this vocabulary");
  return vocab as Record<string, number>;
}

function isByteLevel({ file }: TokenizerParts): boolean {
  return /"ByteLevel"/.test(JSON.stringify([file.pre_tokenizer ?? null, file.decoder ?? null]));
}

function tokenList(
  { file, path }: TokenizerParts,
  vocab: Record<string, number>,
  rows: number,
): { text: string; kind: number }[] {
  const tokens = Array.from({ length: rows }, (_, id) => ({ text: `[PAD${id}]`, kind: tokenKinds.unused as number }));
  const put = (id: number, text: string, kind: number) => {
    if (!(id >= 0 && id < rows)) throw unsupported(path, `a token with the id ${id} for an embedding of ${rows} rows`);
    tokens[id] = { text, kind };
  };
  for (const [text, id] of Object.entries(vocab)) {
    const byte = file.model.byte_fallback && /^<0x[0-9A-F]{2}>$/.test(text);
    const kind = text === file.model.unk_token ? tokenKinds.unknown : byte ? tokenKinds.byte : tokenKinds.normal;
    put(id, text, kind);
  }
  for (const { id, content, special } of file.added_tokens) {
    const unknown = content === file.model.unk_token;
    put(id, content, unknown ? tokenKinds.unknown : special ? tokenKinds.control : tokenKinds.userDefined);
  }
  return tokens;
}

/** SentencePiece joins the pair whose result scores best: the earlier a merge, the better its result. */
function scores(tokens: readonly { text: string; kind: number }[], merges: readonly string[]): number[] {
  const rank = new Map<string, number>();
  merges.forEach((merge, at) => {
    const result = merge.replace(" ", "");
    if (!rank.has(result)) rank.set(result, at);
  });
  return tokens.map(({ text, kind }, id) => {
    if (kind !== tokenKinds.normal) return 0;
    return -(rank.get(text) ?? merges.length + id);
  });
}

function unsupported(path: string, what: string): MdpError {
  return unsupportedGguf(
    path,
    `${what} cannot be written as GGUF`,
    "export a model with a BPE tokenizer, as Llama and Mistral have",
  );
}
