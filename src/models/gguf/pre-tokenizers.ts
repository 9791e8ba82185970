/** How byte-level tokenizers cut text into words: llama.cpp's names for it, and the same in `tokenizer.json`. */

const byteLevel = (useRegex: boolean) => ({
  type: "ByteLevel",
  add_prefix_space: false,
  trim_offsets: true,
  use_regex: useRegex,
});

const split = (regex: string) => ({
  type: "Sequence",
  pretokenizers: [{ type: "Split", pattern: { Regex: regex }, behavior: "Isolated", invert: false }, byteLevel(false)],
});

const words = (digits: string) =>
  `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|${digits}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+`;

/** By the value of `tokenizer.ggml.pre`. */
export const preTokenizers: Readonly<Record<string, object>> = {
  "gpt-2": byteLevel(true),
  "llama-bpe": split(words("\\p{N}{1,3}")),
  qwen2: split(words("\\p{N}")),
  smollm: {
    type: "Sequence",
    pretokenizers: [{ type: "Digits", individual_digits: true }, byteLevel(true)],
  },
};

/** llama.cpp's name of a pre-tokenizer, undefined for one that has none here. */
export function preTokenizerName(json: unknown): string | undefined {
  const wanted = steps(json).join();
  return Object.keys(preTokenizers).find((name) => steps(preTokenizers[name]).join() === wanted);
}

/** What decides where text is cut, one line a step. */
function steps(json: unknown): string[] {
  const step = (json ?? {}) as Record<string, unknown>;
  switch (step.type) {
    case "Sequence":
      return (Array.isArray(step.pretokenizers) ? step.pretokenizers : []).flatMap(steps);
    case "ByteLevel":
      return [`bytes ${step.use_regex !== false} ${step.add_prefix_space === true}`];
    case "Digits":
      return [`digits ${step.individual_digits === true}`];
    default:
      return [JSON.stringify([step.type, step.pattern, step.behavior, step.invert])];
  }
}
