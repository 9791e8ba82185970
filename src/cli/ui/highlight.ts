/** Marks the words of a query in a passage. Endings do not matter: `installing` marks `installed`. */

/** Words that are in every passage, so that marking them says nothing. */
const COMMON = new Set(
  "a an and are as at be been but by can could did do does for from had has have how i if in into is it its me my no not of on or our so than that the their then there these they this to was we were what when where which who why will with would you your".split(
    " ",
  ),
);
const WORD = /[\p{L}\p{N}][\p{L}\p{N}\p{M}]*/gu;
/** Scripts that are written without spaces: their words are found inside longer runs. */
const UNSPACED = /\p{Script=Han}|\p{Script=Hiragana}|\p{Script=Katakana}|\p{Script=Thai}/u;
const ENDINGS = [
  "ations",
  "ation",
  "ingly",
  "edly",
  "ments",
  "ment",
  "ings",
  "ing",
  "ies",
  "ied",
  "ers",
  "er",
  "ed",
  "es",
  "ly",
  "s",
  "e",
  "y",
];
const MIN_STEM = 3;

/** A function that wraps every matching word of a text by `mark`. */
export function highlighter(query: string, mark: (word: string) => string): (text: string) => string {
  const all = query.match(WORD) ?? [];
  const telling = all.filter((word) => !COMMON.has(word.toLowerCase()));
  const words = telling.length > 0 ? telling : all;
  const stems = new Set(words.filter((word) => !UNSPACED.test(word)).map(stem));
  const runs = words.filter((word) => UNSPACED.test(word));
  return (text) => {
    const marked = text.replace(WORD, (word) => (stems.has(stem(word)) ? mark(word) : word));
    return runs.reduce((result, run) => result.replaceAll(run, mark(run)), marked);
  };
}

/** The word without case, accents and its ending; words of one stem count as the same. */
function stem(word: string): string {
  const folded = word.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  const ending = ENDINGS.find((end) => folded.endsWith(end) && folded.length - end.length >= MIN_STEM);
  const cut = ending === undefined ? folded : folded.slice(0, -ending.length);
  return cut.replace(/([bdfgklmnprt])\1$/, "$1");
}
