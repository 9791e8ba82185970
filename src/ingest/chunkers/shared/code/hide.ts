/** Hides from the parser what its grammar cannot read. */
import type { CodeLanguage } from "../../languages/language.ts";

/** The text with spaces in place of what the language hides, so that every offset stays. */
export function shownText(text: string, { hidden = [] }: CodeLanguage): string {
  return hidden.reduce(
    (shown, pattern) => shown.replace(pattern, (_, kept: string, gone: string) => kept + " ".repeat(gone.length)),
    text,
  );
}
