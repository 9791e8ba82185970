/** Filter `special-chars`: texts that are not mostly punctuation, symbols and control characters. */
import { countText } from "../shared/text/counts.ts";
import { measuredFilter } from "./shared/measured.ts";

/** Drops a text whose share of characters that are neither letters, digits nor spaces is not below `maxSpecialChars`. */
export default measuredFilter({
  name: "special-chars",
  limits: ({ maxSpecialChars }) => ({ maxSpecialChars }),
  measure({ text }) {
    const { characters, special } = countText(text);
    return { share: characters === 0 ? 0 : special / characters };
  },
  rules: [{ reason: "too-many-special-characters", measure: "share", below: "maxSpecialChars" }],
});
