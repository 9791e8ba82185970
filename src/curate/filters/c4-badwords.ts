/** Filter `c4-badwords`: C4BadWordsFilter of datatrove 0.10.1, with a list of the user's (setting `badWords`). */
import type { OpenStep } from "../step.ts";
import { openMeasured } from "./shared/measured.ts";
import { openWordList, readList } from "./shared/word-list.ts";

/** Drops a text in which any entry of the list stands on its own; in Japanese, Thai and Chinese anywhere at all. */
const open: OpenStep = async (settings) => {
  const list = openWordList(await readList(settings.badWords, "badWords", "c4-badwords"));
  return openMeasured(
    {
      name: "c4-badwords",
      limits: () => ({ maxFound: 0 }),
      measure: ({ text, document, tags }) => ({
        found: list.count(text, typeof tags.language === "string" ? tags.language : document.lang, true),
      }),
      rules: [{ reason: "bad-word", measure: "found", max: "maxFound" }],
    },
    settings,
  );
};
export default open;
