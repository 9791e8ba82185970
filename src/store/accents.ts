/**
 * Words without their accents, so that `resume` finds `résumé`, `Strasse` finds `Straße`, and each the other way round.
 *
 * LanceDB folds letters to ASCII too, but only after it has cut off English endings, which it does to `resume` and not
 * to `résumé`; and its tokenizer ends a word at an accent that is a character of its own (NFD, as file names of macOS
 * have it). So the `words` column has each word that has an accent without it, behind a mark that no other word has.
 */

const MARK = "~";

/** Letters and digits with what is written onto them, in the scripts whose accents are taken off. */
const WORD = /[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{N}\p{Mn}]+/gu;

/** Longest word that counts: longer ones are data. */
const MAX_WORD = 64;

/** What is written onto letters; not the breve of й and ў, which are letters of their own. */
const ACCENTS = /(?<![\u0400-\u04ff])\u0306|[\u0300-\u0305\u0307-\u036f]/g;

/** Letters of Latin script that are no others with something written onto them. */
const LETTERS: Readonly<Record<string, string>> = {
  ß: "ss",
  æ: "ae",
  œ: "oe",
  ø: "o",
  đ: "d",
  ð: "d",
  þ: "th",
  ł: "l",
  ħ: "h",
  ŧ: "t",
  ı: "i",
  ĸ: "k",
  ŋ: "n",
  ə: "e",
  ς: "σ",
};
const SPECIAL = new RegExp(`[${Object.keys(LETTERS).join("")}]`, "g");

/** A word in lowercase, without accents; letters such as `ß` and `ø` become what is typed for them. */
export function bareWord(word: string): string {
  const bare = word.normalize("NFKD").toLowerCase().replace(ACCENTS, "");
  return bare.replace(SPECIAL, (letter) => LETTERS[letter]!).normalize("NFC");
}

/** For the `words` column: each word that has accents, without them, as often as it occurs; no single letters. */
export function bareWords(text: string): string {
  if (isAscii(text)) return "";
  const words: string[] = [];
  for (const [word] of text.normalize("NFC").matchAll(WORD)) {
    if (word.length > MAX_WORD || isAscii(word)) continue;
    const bare = bareWord(word);
    if (bare.length > 1 && bare !== word.toLowerCase()) words.push(MARK + bare);
  }
  return words.join(" ");
}

/** What a query looks for beside its words: `marked` in the `words` column, `plain` where words are as written. */
export function bareQuery(query: string): { marked: string; plain: string } {
  const marked = new Set<string>();
  const plain = new Set<string>();
  for (const [word] of query.normalize("NFC").matchAll(WORD)) {
    if (word.length > MAX_WORD) continue;
    const bare = bareWord(word);
    if (bare.length > 1) marked.add(MARK + bare);
    if (!isAscii(word)) plain.add(bare);
  }
  return { marked: [...marked].join(" "), plain: [...plain].join(" ") };
}

function isAscii(text: string): boolean {
  return !/[^\x00-\x7f]/.test(text);
}
