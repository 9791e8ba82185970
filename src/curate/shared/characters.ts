/** Classes of Unicode characters in one table, so that a scan of a text looks each character up once. */

/** Bits of a character's classes. */
export const letter = 1; // \p{L}
export const mark = 2; // \p{M}
export const digit = 4; // \p{N}
export const space = 8; // White_Space and the separators U+001C to U+001F, as Python's str.isspace
export const punctuation = 16; // \p{P}
export const symbol = 32; // \p{So}
export const lineEnd = 64; // where Python's str.splitlines ends a line
export const wordPart = letter | mark | digit;

const TABLE_LENGTH = 0x20000;

/** Classes of each code point of the first two planes. */
export const classes: Uint8Array = buildClasses();

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

function buildClasses(): Uint8Array {
  const table = new Uint8Array(TABLE_LENGTH);
  const parts: string[] = [];
  for (let from = 0; from < TABLE_LENGTH; from += 0x800) {
    if (from === 0xd800) continue;
    parts.push(String.fromCodePoint(...Array.from({ length: 0x800 }, (_, i) => from + i)));
  }
  const all = parts.join("");
  const kinds: [RegExp, number][] = [
    [/\p{L}+/gu, letter],
    [/\p{M}+/gu, mark],
    [/\p{N}+/gu, digit],
    [/[\p{White_Space}\x1c-\x1f]+/gu, space],
    [/\p{P}+/gu, punctuation],
    [/\p{So}+/gu, symbol],
    [/[\n\v\f\r\x1c-\x1e\x85\u2028\u2029]+/gu, lineEnd],
  ];
  for (const [pattern, bit] of kinds) {
    for (const [run] of all.matchAll(pattern)) {
      for (const character of run) {
        const at = character.codePointAt(0)!;
        table[at] = table[at]! | bit;
      }
    }
  }
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
