/** Which tokens have a role: padding, unknown, beginning and end of a text, and so on. */
import type { SpecialTokens } from "./tokenizer.ts";

const ROLES = ["pad", "unk", "bos", "eos", "sep", "cls", "mask"] as const;

/** Names that models use when no file tells the role; the first one in the vocabulary is taken. */
const WELL_KNOWN: Record<(typeof ROLES)[number], readonly string[]> = {
  pad: ["<pad>", "[PAD]", "<|padding|>", "<|finetune_right_pad_id|>"],
  unk: ["<unk>", "[UNK]"],
  bos: ["<s>", "<bos>", "[BOS]", "<|begin_of_text|>", "<|startoftext|>"],
  eos: ["</s>", "<eos>", "[EOS]", "<|end_of_text|>", "<|endoftext|>"],
  sep: ["[SEP]", "<sep>"],
  cls: ["[CLS]", "<cls>"],
  mask: ["[MASK]", "<mask>"],
};

/** A token is named by its text, or by an object with its `content`. */
function nameIn(file: unknown, role: string): string | undefined {
  const value = (file as Record<string, unknown> | null | undefined)?.[`${role}_token`];
  const name = typeof value === "object" && value !== null ? (value as { content?: unknown }).content : value;
  return typeof name === "string" ? name : undefined;
}

/**
 * The roles that `tokenizer_config.json` and `special_tokens_map.json` (parsed, in this order) give; well-known names
 * only for a tokenizer without such files, and then only names that the vocabulary has.
 */
export function specialTokensOf(files: readonly unknown[], idOf: (token: string) => number | undefined): SpecialTokens {
  const special: SpecialTokens = {};
  for (const role of ROLES) {
    const named = files.map((file) => nameIn(file, role)).find((name) => name !== undefined);
    const names = named !== undefined ? [named] : files.length > 0 ? [] : WELL_KNOWN[role];
    const id = names.map(idOf).find((each) => each !== undefined);
    if (id !== undefined) special[role] = id;
  }
  return special;
}
