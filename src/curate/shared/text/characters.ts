/** Classes of Unicode characters in one table, so that a scan of a text looks each character up once. */

/** Bits of a character's classes. */
export const letter = 1; // \p{L}, as Python's str.isalpha
export const mark = 2; // \p{M}
export const digit = 4; // \p{N}
export const decimal = 8; // \p{Nd}
export const space = 16; // as Python's str.isspace
export const punctuation = 32; // \p{P}
export const lineEnd = 64; // where Python's str.splitlines ends a line
/** Marks that end a sentence: `TERMINAL_PUNCTUATION` of datatrove/utils/text.py. */
export const terminal = 128;
/** The shorter list of spaCy's sentencizer. */
export const sentenceEnd = 256;
/** What a word of nothing else is no word to datatrove's Gopher filter: `PUNCTUATION_SET` of datatrove/utils/text.py. */
export const wordless = 512;
export const wordPart = letter | mark | digit;

const TABLE_LENGTH = 0x20000;

const datatroveMarks = "!/—”:％１〈&(、━\\【#%「」，】；+^]~“《„';’{|∶´[=-`*．（–？！：$～«〉,><》)?）。…@_.\"}►»";
const terminalMarks =
  /[[\p{Sentence_Terminal}\u17d6\u17d9\u17da]--[\u1b4e\u1b4f\u1b7f\u2024\u2cf9-\u2cfb\ufe12\ufe15\ufe16\u{113d4}\u{113d5}\u{16d6e}\u{16d6f}]]+/gv;
/** Terminal marks that spaCy does not know. */
const notSentencizer =
  /[\u061d\u061e\u0837\u0839\u083d\u083e\u17d4-\u17d6\u17d9\u17da\u1b7d\u1b7e\u2e53\u2e54\u{10f55}-\u{10f59}\u{10f86}-\u{10f89}\u{11944}\u{11946}\u{11ef7}\u{11ef8}\u{11f43}\u{11f44}\u{16e98}]+/gv;

/** Classes of each code point of the first two planes; 0 for surrogates. */
export const classes: Uint16Array = buildClasses();

/** Lower case of each UTF-16 code unit where it is one unit; the unit itself elsewhere. */
export const lowerCase: Uint16Array = buildLowerCase();

/** Classes of any code point: planes above the second hold ideographs and nothing else that is common. */
export function classOf(codePoint: number): number {
  if (codePoint < TABLE_LENGTH) return classes[codePoint]!;
  return codePoint < 0x40000 ? letter : 0;
}

/** The code point of a surrogate pair. */
export function pairOf(high: number, low: number): number {
  return ((high - 0xd800) << 10) + (low - 0xdc00) + 0x10000;
}

/** Length of a text in code points, as Python's `len`. */
export function codePoints(text: string): number {
  let count = text.length;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit >= 0xdc00 && unit < 0xe000) count--;
  }
  return count;
}

/** The text without the spaces around it, as Python's `str.strip`. */
export function stripped(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && (classes[text.charCodeAt(start)]! & space) !== 0) start++;
  while (end > start && (classes[text.charCodeAt(end - 1)]! & space) !== 0) end--;
  return text.slice(start, end);
}

function buildClasses(): Uint16Array {
  const table = new Uint16Array(TABLE_LENGTH);
  const parts: string[] = [];
  for (let from = 0; from < TABLE_LENGTH; from += 0x800) {
    if (from === 0xd800) continue;
    parts.push(String.fromCodePoint(...Array.from({ length: 0x800 }, (_, i) => from + i)));
  }
  const all = parts.join("");
  const forEach = (pattern: RegExp, change: (codePoint: number) => void) => {
    for (const [run] of all.matchAll(pattern)) for (const character of run) change(character.codePointAt(0)!);
  };
  const kinds: [RegExp, number][] = [
    [/\p{L}+/gu, letter],
    [/\p{M}+/gu, mark],
    [/\p{N}+/gu, digit],
    [/\p{Nd}+/gu, decimal],
    [/[\p{White_Space}\x1c-\x1f]+/gu, space],
    [/\p{P}+/gu, punctuation],
    [/[\n\v\f\r\x1c-\x1e\x85\u2028\u2029]+/gu, lineEnd],
    [terminalMarks, terminal | sentenceEnd | wordless],
    [/[\0-\x08\v\f\x0d-\x1f\x7f-\x9f]+/gu, wordless],
  ];
  for (const [pattern, bits] of kinds) forEach(pattern, (at) => (table[at] = table[at]! | bits));
  for (const character of datatroveMarks) table[character.charCodeAt(0)]! |= wordless;
  forEach(notSentencizer, (at) => (table[at] = table[at]! & ~sentenceEnd));
  return table;
}

function buildLowerCase(): Uint16Array {
  const table = new Uint16Array(0x10000);
  for (let unit = 0; unit < table.length; unit++) {
    const lower = String.fromCharCode(unit).toLowerCase();
    table[unit] = lower.length === 1 ? lower.charCodeAt(0) : unit;
  }
  return table;
}
