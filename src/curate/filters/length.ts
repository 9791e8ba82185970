/** Filter `length`: texts of a reasonable number of characters. */
import { countText } from "../shared/text/counts.ts";
import { measuredFilter } from "./shared/measured.ts";

/** Drops a text of fewer than `minChars` or more than `maxChars` characters (code points). */
export default measuredFilter({
  name: "length",
  limits: ({ minChars, maxChars }) => ({ minChars, maxChars }),
  measure: ({ text }) => ({ characters: countText(text).characters }),
  rules: [
    { reason: "too-short", measure: "characters", min: "minChars" },
    { reason: "too-long", measure: "characters", max: "maxChars" },
  ],
});
