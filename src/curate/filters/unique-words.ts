/** Filter `unique-words`: texts that do not say the same words over and over. */
import { countText } from "../shared/text/counts.ts";
import { measuredFilter } from "./shared/measured.ts";

/** Drops a text whose share of different words, case ignored, is not above `minUniqueWords`; 0 for no words. */
export default measuredFilter({
  name: "unique-words",
  limits: ({ minUniqueWords }) => ({ minUniqueWords }),
  measure({ text }) {
    const { words, uniqueWords } = countText(text);
    return { share: words === 0 ? 0 : uniqueWords / words };
  },
  rules: [{ reason: "too-few-unique-words", measure: "share", above: "minUniqueWords" }],
});
