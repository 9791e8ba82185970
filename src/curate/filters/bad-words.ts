/** Filter `bad-words`: texts in which words of the user's list (setting `badWords`) are frequent. */
import { countText } from "../shared/text/counts.ts";
import type { OpenStep } from "../step.ts";
import { openMeasured } from "./shared/measured.ts";
import { openWordList, readList } from "./shared/word-list.ts";

/** Drops a text when entries of the list make up more than 1 % of its words; a single mention in a long text stays. */
const open: OpenStep = async (settings) => {
  const list = openWordList(await readList(settings.badWords, "badWords", "bad-words"));
  return openMeasured(
    {
      name: "bad-words",
      limits: () => ({ maxShare: 0.01 }),
      measure({ text, document, tags }) {
        const count = list.count(text, typeof tags.language === "string" ? tags.language : document.lang, false);
        return { count, share: count / Math.max(countText(text).words, 1) };
      },
      rules: [{ reason: "too-many-bad-words", measure: "share", max: "maxShare" }],
    },
    settings,
  );
};
export default open;
