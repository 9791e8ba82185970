/** What spaCy's tokenizer takes for a URL and leaves whole (spacy/lang/tokenizer_exceptions.py, 3.8, MIT licence). */
import { lowerClass } from "./characters.ts";

const host = "[A-Za-z0-9\\u00a1-\\uffff]";
const pattern = new RegExp(
  [
    "^(?:[\\p{L}\\p{N}_+\\-.]{2,}:\\/\\/)?", // scheme
    "(?:\\S+(?::\\S*)?@)?", // user and password
    "(?:",
    "(?!(?:10|127)(?:\\.\\p{Nd}{1,3}){3})",
    "(?!(?:169\\.254|192\\.168)(?:\\.\\p{Nd}{1,3}){2})",
    "(?!172\\.(?:1[6-9]|2\\p{Nd}|3[0-1])(?:\\.\\p{Nd}{1,3}){2})",
    "(?:[1-9]\\p{Nd}?|1\\p{Nd}\\p{Nd}|2[01]\\p{Nd}|22[0-3])",
    "(?:\\.(?:1?\\p{Nd}{1,2}|2[0-4]\\p{Nd}|25[0-5])){2}",
    "(?:\\.(?:[1-9]\\p{Nd}?|1\\p{Nd}\\p{Nd}|2[0-4]\\p{Nd}|25[0-4]))",
    "|",
    `(?:(?:${host}[A-Za-z0-9\\u00a1-\\uffff_\\-]{0,62})?${host}\\.)+`,
    `(?:${lowerClass}{2,63})`, // top-level domain
    ")",
    "(?::\\p{Nd}{2,5})?",
    "(?:[\\/?#]\\S*)?$",
  ].join(""),
  "v",
);

/** The pattern looks at some texts in quadratic time; URLs are shorter than this. */
const LONGEST_URL = 2048;

/** Whether a word without spaces is a URL, an address of a host or an e-mail address. */
export function isUrl(word: string): boolean {
  return word.length <= LONGEST_URL && word.includes(".") && pattern.test(word);
}
