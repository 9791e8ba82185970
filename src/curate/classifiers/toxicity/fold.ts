/** Characters as the word list sees them: without case, accents or the figures that stand in for letters. */

/** Not part of a word. */
export const SEPARATOR = 0;
/** `a` to `z` are 1 to 26. `*` inside a word, for a letter that was blanked out. */
export const STAR = 27;
/** A letter or digit that no listed word has. */
export const OTHER = 28;
/** Marks and invisible characters: they neither end nor change a word. */
export const SKIP = 29;
/** `ß`: two letters. */
export const SHARP_S = 30;
/** `1`, `!` and `|`, which stand in for `i` and for `l`. */
export const I_OR_L = 31;
/** Added to the letter that a digit stands in for, e.g. `3` for `e`. */
export const DIGIT = 32;
/** Added to the letter that a sign stands in for, e.g. `$` for `s`; it counts only inside a word. */
export const SIGN = 64;

const digits: Readonly<Record<string, string>> = { "0": "o", "3": "e", "4": "a", "5": "s", "7": "t", "8": "b" };
const signs: Readonly<Record<string, string>> = { "@": "a", $: "s", "€": "e" };

const letterCode = (letter: string) => letter.charCodeAt(0) - 96;

/** A code of the constants above for each UTF-16 code unit. */
export const foldTable: Uint8Array = makeTable();

function makeTable(): Uint8Array {
  const table = new Uint8Array(65_536);
  const letters = /[\p{L}\p{N}]/u;
  for (let unit = 0; unit < 65_536; unit++) {
    // Beyond the alphabets, ideographs, syllables and halves of surrogate pairs: no listed word has one.
    if (unit >= 0x3400 && unit < 0xfb00) table[unit] = OTHER;
    else if (unit >= 0x80 || letters.test(String.fromCharCode(unit))) table[unit] = codeOf(String.fromCharCode(unit));
  }
  for (const [digit, letter] of Object.entries(digits)) table[digit.charCodeAt(0)] = DIGIT + letterCode(letter);
  for (const [sign, letter] of Object.entries(signs)) table[sign.charCodeAt(0)] = SIGN + letterCode(letter);
  table["1".charCodeAt(0)] = DIGIT + I_OR_L;
  for (const sign of "!|") table[sign.charCodeAt(0)] = SIGN + I_OR_L;
  table["*".charCodeAt(0)] = STAR;
  table["ß".charCodeAt(0)] = SHARP_S;
  table["ẞ".charCodeAt(0)] = SHARP_S;
  return table;
}

function codeOf(char: string): number {
  if (/[\p{Mn}\p{Cf}]/u.test(char)) return SKIP;
  if (!/[\p{L}\p{N}]/u.test(char)) return SEPARATOR;
  const plain = char
    .normalize("NFKD")
    .replace(/\p{Mn}/gu, "")
    .toLowerCase();
  if (/^[a-z]$/.test(plain)) return letterCode(plain);
  return plain === "ø" ? letterCode("o") : OTHER;
}
