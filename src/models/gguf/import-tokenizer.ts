/** GGUF's tokenizer as `tokenizer.json` and `tokenizer_config.json`. */
import { tokenKinds } from "./export-tokenizer.ts";
import { badGguf, unsupportedGguf } from "./format.ts";
import { type Metadata, metadataOf } from "./metadata.ts";
import { preTokenizers } from "./pre-tokenizers.ts";
import type { GgufFile } from "./read.ts";

export interface ImportedTokenizer {
  /** Contents of the two files. */
  tokenizer: object;
  config: object;
}

/** A longer token would make the search for its parts slow; the longest of real models has some hundred bytes. */
const MAX_TOKEN_LENGTH = 1024;

/** @throws MdpError for a kind of tokenizer that is not supported, or lists that do not fit together */
export function importedTokenizer(file: GgufFile): ImportedTokenizer {
  const metadata = metadataOf(file);
  const model = metadata.text("tokenizer.ggml.model");
  const tokens = metadata.required("tokenizer.ggml.tokens", metadata.texts("tokenizer.ggml.tokens"));
  const kinds =
    metadata.numbers("tokenizer.ggml.token_type") ?? new Float64Array(tokens.length).fill(tokenKinds.normal);
  if (kinds.length !== tokens.length) throw badGguf(file.path, `${tokens.length} tokens have ${kinds.length} kinds`);
  const vocab = vocabulary(file, tokens, kinds);
  const idOf = (use: string) => {
    const id = metadata.number(`tokenizer.ggml.${use}_token_id`);
    if (id !== undefined && tokens[id] === undefined)
      throw badGguf(file.path, `the ${use} token ${id} is none of ${tokens.length}`);
    return id === undefined ? undefined : tokens[id];
  };
  const special = { bos: idOf("bos"), eos: idOf("eos"), unk: idOf("unknown"), pad: idOf("padding") };
  if (model !== "gpt2" && model !== "llama") {
    throw unsupportedGguf(
      file.path,
      `the tokenizer "${String(model).slice(0, 80)}" is not imported`,
      "supported: gpt2 (byte-level BPE), llama (SentencePiece BPE)",
    );
  }
  const parts =
    model === "gpt2" ? byteLevel(file, metadata, vocab) : sentencePiece(file, metadata, vocab, tokens, kinds);
  // Llama.cpp's own defaults where a file does not say it.
  const bosByDefault = model === "llama" || metadata.text("tokenizer.ggml.pre") === "llama-bpe";
  const addBos = (metadata.flag("tokenizer.ggml.add_bos_token") ?? bosByDefault) ? special.bos : undefined;
  const addEos = metadata.flag("tokenizer.ggml.add_eos_token") ? special.eos : undefined;
  const added = tokens.flatMap((content, id) => {
    const kind = kinds[id];
    if (kind !== tokenKinds.control && kind !== tokenKinds.userDefined && kind !== tokenKinds.unknown) return [];
    const isSpecial = kind !== tokenKinds.userDefined;
    return [{ id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special: isSpecial }];
  });
  const around = template(vocab, addBos, addEos);
  const tokenizer = {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: added,
    ...parts,
    post_processor:
      around ??
      (model === "gpt2" ? { type: "ByteLevel", add_prefix_space: true, trim_offsets: false, use_regex: true } : null),
  };
  const named = Object.entries(special).flatMap(([use, text]) => (text === undefined ? [] : [[`${use}_token`, text]]));
  const chatTemplate = metadata.text("tokenizer.chat_template");
  const config = {
    tokenizer_class: "PreTrainedTokenizerFast",
    ...Object.fromEntries(named),
    clean_up_tokenization_spaces: false,
    model_max_length: metadata.number("llama.context_length") ?? 2048,
    ...(chatTemplate === undefined ? {} : { chat_template: chatTemplate }),
  };
  return { tokenizer, config };
}

/** Ids by token; rows that no token has are left out. */
function vocabulary(file: GgufFile, tokens: readonly string[], kinds: Float64Array): Map<string, number> {
  const vocab = new Map<string, number>();
  tokens.forEach((token, id) => {
    if (kinds[id] === tokenKinds.unused) return;
    if (token.length > MAX_TOKEN_LENGTH) throw badGguf(file.path, `token ${id} has ${token.length} characters`);
    if (vocab.has(token)) throw badGguf(file.path, `the token ${JSON.stringify(token.slice(0, 50))} stands twice`);
    vocab.set(token, id);
  });
  return vocab;
}

function byteLevel(file: GgufFile, metadata: Metadata, vocab: ReadonlyMap<string, number>): object {
  const pre = metadata.text("tokenizer.ggml.pre") ?? "default";
  if (!Object.hasOwn(preTokenizers, pre)) {
    const reason = `the pre-tokenizer "${pre.slice(0, 80)}" is not imported`;
    throw unsupportedGguf(
      file.path,
      reason,
      `supported: ${Object.keys(preTokenizers).join(", ")}; take the model's own tokenizer.json`,
    );
  }
  const written = metadata.required("tokenizer.ggml.merges", metadata.texts("tokenizer.ggml.merges"));
  const merges = written.map((merge, at) => {
    const [left, right, ...more] = merge.split(" ");
    if (left && right && more.length === 0 && vocab.has(left) && vocab.has(right) && vocab.has(left + right))
      return [left, right];
    throw badGguf(
      file.path,
      `merge ${at}, ${JSON.stringify(merge.slice(0, 80))}, is not of two tokens that make a third`,
    );
  });
  return {
    normalizer: null,
    pre_tokenizer: preTokenizers[pre],
    decoder: { type: "ByteLevel", add_prefix_space: true, trim_offsets: true, use_regex: true },
    // Llama 3 takes a whole word that is a token before it asks the merges.
    model: bpe(vocab, merges, { ignore_merges: pre === "llama-bpe" }),
  };
}

function sentencePiece(
  file: GgufFile,
  metadata: Metadata,
  vocab: ReadonlyMap<string, number>,
  tokens: readonly string[],
  kinds: Float64Array,
): object {
  const scores = metadata.required("tokenizer.ggml.scores", metadata.numbers("tokenizer.ggml.scores"));
  if (scores.length !== tokens.length) throw badGguf(file.path, `${tokens.length} tokens have ${scores.length} scores`);
  const prefix = metadata.flag("tokenizer.ggml.add_space_prefix") ?? true;
  const replace = { type: "Replace", pattern: { String: " " }, content: "▁" };
  const unknown = tokens.find((_, id) => kinds[id] === tokenKinds.unknown);
  return {
    normalizer: prefix ? { type: "Sequence", normalizers: [{ type: "Prepend", prepend: "▁" }, replace] } : replace,
    pre_tokenizer: null,
    decoder: {
      type: "Sequence",
      decoders: [
        { type: "Replace", pattern: { String: "▁" }, content: " " },
        { type: "ByteFallback" },
        { type: "Fuse" },
        ...(prefix ? [{ type: "Strip", content: " ", start: 1, stop: 0 }] : []),
      ],
    },
    model: bpe(vocab, mergesByScore(vocab, scores, kinds), {
      unk_token: unknown ?? null,
      fuse_unk: true,
      byte_fallback: true,
    }),
  };
}

/** Every pair of tokens that makes a third, the best score of the result first. */
function mergesByScore(
  vocab: ReadonlyMap<string, number>,
  scores: Float64Array,
  kinds: Float64Array,
): [string, string][] {
  const found: { left: number; right: number; result: number; pair: [string, string] }[] = [];
  const isPiece = (id: number | undefined) => id !== undefined && kinds[id] === tokenKinds.normal;
  for (const [token, result] of vocab) {
    if (!isPiece(result)) continue;
    for (let at = 1; at < token.length; at++) {
      // Not within a pair of surrogates.
      if ((token.charCodeAt(at) & 0xfc00) === 0xdc00) continue;
      const pair: [string, string] = [token.slice(0, at), token.slice(at)];
      const [left, right] = [vocab.get(pair[0]), vocab.get(pair[1])];
      if (isPiece(left) && isPiece(right)) found.push({ left: left!, right: right!, result, pair });
    }
  }
  found.sort(
    (a, b) => scores[b.result]! - scores[a.result]! || a.result - b.result || a.left - b.left || a.right - b.right,
  );
  return found.map(({ pair }) => pair);
}

function bpe(vocab: ReadonlyMap<string, number>, merges: readonly (readonly string[])[], more: object): object {
  const standard = {
    type: "BPE",
    dropout: null,
    unk_token: null,
    continuing_subword_prefix: null,
    end_of_word_suffix: null,
    fuse_unk: false,
    byte_fallback: false,
    ignore_merges: false,
  };
  return { ...standard, ...more, vocab: Object.fromEntries(vocab), merges };
}

/** What goes around a text. */
function template(
  vocab: ReadonlyMap<string, number>,
  bos: string | undefined,
  eos: string | undefined,
): object | undefined {
  if (bos === undefined && eos === undefined) return undefined;
  const token = (id: string | undefined, type: number) =>
    id === undefined ? [] : [{ SpecialToken: { id, type_id: type } }];
  const around = (id: "A" | "B", type: number) => [
    ...token(bos, type),
    { Sequence: { id, type_id: type } },
    ...token(eos, type),
  ];
  const texts = [...new Set([bos, eos].filter((text) => text !== undefined))];
  return {
    type: "TemplateProcessing",
    single: around("A", 0),
    pair: [...around("A", 0), ...around("B", 1)],
    special_tokens: Object.fromEntries(texts.map((id) => [id, { id, ids: [vocab.get(id) ?? 0], tokens: [id] }])),
  };
}
