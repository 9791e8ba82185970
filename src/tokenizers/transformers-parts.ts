/** Parts of a tokenizer that transformers 5 sets by the model's type, whatever its tokenizer.json says. */

/** Takes the place of parts of the same name. */
export interface TokenizerParts {
  readonly normalizer?: unknown;
  readonly pre_tokenizer?: unknown;
  readonly decoder?: unknown;
}

const QWEN2_WORDS =
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

const qwen2: TokenizerParts = {
  normalizer: { type: "NFC" },
  pre_tokenizer: {
    type: "Sequence",
    pretokenizers: [
      { type: "Split", pattern: { Regex: QWEN2_WORDS }, behavior: "Isolated", invert: false },
      { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: false },
    ],
  },
  decoder: { type: "ByteLevel", add_prefix_space: true, trim_offsets: true, use_regex: true },
};

/**
 * Those of a `model_type` of config.json. Of the types that can be trained, `qwen2` alone has any: transformers mistrusts
 * the class that its checkpoints name, and reads all with `Qwen2Tokenizer`. Qwen's own files say the same.
 */
export function transformersParts(modelType: unknown): TokenizerParts {
  return modelType === "qwen2" ? qwen2 : {};
}
