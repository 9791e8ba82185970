/** The tokens that every tokenizer trained here begins with, so that their ids are the same in all of them. */
import { UsageError } from "../../core/errors.ts";

/** By id. 5 to 9 are kept free for later; 10 and up stand around what is not text. */
const LAYOUT = [
  "[PAD]",
  "[UNK]",
  "[BOS]",
  "[EOS]",
  "[SEP]",
  "[UNUSED5]",
  "[UNUSED6]",
  "[UNUSED7]",
  "[UNUSED8]",
  "[UNUSED9]",
  "[IMG]",
  "[/IMG]",
  "[AUD]",
  "[/AUD]",
  "[VID]",
  "[/VID]",
] as const;

/** Roles under the names that Hugging Face's files have for them. */
export const roles = {
  pad_token: "[PAD]",
  unk_token: "[UNK]",
  bos_token: "[BOS]",
  eos_token: "[EOS]",
  sep_token: "[SEP]",
} as const;

/**
 * The layout, and the user's own tokens after it.
 *
 * @throws UsageError for an empty or repeated token.
 */
export function specialTokens(own: readonly string[]): string[] {
  const tokens: string[] = [...LAYOUT];
  for (const token of own) {
    if (token === "") throw new UsageError("a special token is empty", "give each one a text, e.g. <|user|>");
    if (tokens.includes(token)) throw new UsageError(`the special token "${token}" is there already`, "name it once");
    tokens.push(token);
  }
  return tokens;
}
