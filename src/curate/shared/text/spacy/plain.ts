/** Words that no rule of spaCy's tokenizer touches: most of them, found without trying the rules. */
import { exceptionAt } from "./exceptions.ts";

/** Whether a stretch is of ASCII letters only and no exception: it is one word. */
export function isPlainWord(stretch: string): boolean {
  for (let i = 0; i < stretch.length; i++) {
    const unit = stretch.charCodeAt(i) | 0x20;
    if (unit < 0x61 || unit > 0x7a) return false;
  }
  return exceptionAt(stretch, 0, stretch.length) === undefined;
}
