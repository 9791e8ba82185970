/** Filter `words`: texts of a reasonable number of words. */
import { countText } from "../shared/text/counts.ts";
import { measuredFilter } from "./shared/measured.ts";

/** Drops a text of fewer than `minWords` or more than `maxWords` runs of letters and digits. */
export default measuredFilter({
  name: "words",
  limits: ({ minWords, maxWords }) => ({ minWords, maxWords }),
  measure: ({ text }) => ({ words: countText(text).words }),
  rules: [
    { reason: "too-few-words", measure: "words", min: "minWords" },
    { reason: "too-many-words", measure: "words", max: "maxWords" },
  ],
});
