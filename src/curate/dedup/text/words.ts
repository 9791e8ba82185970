/** Splits text into words for comparing: lower case, without punctuation; one pass, no substring per word. */

const SEPARATOR = 0;
const LETTER = 1;
/** A character that is a word of its own: scripts that are written without spaces. */
const ALONE = 2;
const SURROGATE = 3;

const WORD = /[\p{L}\p{N}\p{M}]/u;
const ALONE_SCRIPTS =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;

export interface Tables {
  readonly kinds: Uint8Array;
  readonly lower: Uint16Array;
}

let folded: Tables | undefined;
let plain: Tables | undefined;

/** Words are runs of letters, digits and marks, in lower case; made on first use, in about 20 ms. */
export function foldedTables(): Tables {
  if (folded) return folded;
  const kinds = new Uint8Array(65_536);
  const lower = new Uint16Array(65_536);
  for (let unit = 0; unit < 65_536; unit++) {
    lower[unit] = unit;
    if (unit >= 0xd800 && unit < 0xe000) {
      kinds[unit] = SURROGATE;
      continue;
    }
    const char = String.fromCharCode(unit);
    if (!WORD.test(char)) continue;
    kinds[unit] = ALONE_SCRIPTS.test(char) ? ALONE : LETTER;
    const small = char.toLowerCase();
    if (small.length === 1) lower[unit] = small.charCodeAt(0);
  }
  folded = { kinds, lower };
  return folded;
}

/** Words are what stands between white space, as it is. */
function plainTables(): Tables {
  if (plain) return plain;
  const kinds = new Uint8Array(65_536).fill(LETTER);
  const lower = new Uint16Array(65_536);
  for (let unit = 0; unit < 65_536; unit++) {
    lower[unit] = unit;
    if (/\s/.test(String.fromCharCode(unit))) kinds[unit] = SEPARATOR;
  }
  plain = { kinds, lower };
  return plain;
}

/** The words of a text, as they are compared. */
export interface WordList {
  readonly count: number;
  /** UTF-16 code units of the words, each followed by a space, and where each word ends in them. */
  readonly units: Uint16Array;
  readonly unitEnds: Uint32Array;
  readonly hashes: Uint32Array;
}

/** The words of one text at a time; the arrays are reused by the next `split`. */
export class Words implements WordList {
  /** Words found, and UTF-16 code units of `units` in use: the words, each followed by a space. */
  count = 0;
  length = 0;
  units = new Uint16Array(4_096);
  /** Per word: a hash, the end of the word in `units`, and its place in the text that was split. */
  hashes = new Uint32Array(1_024);
  unitEnds = new Uint32Array(1_024);
  starts = new Uint32Array(1_024);
  ends = new Uint32Array(1_024);
  readonly #kinds: Uint8Array;
  readonly #lower: Uint16Array;

  constructor(normalize: boolean) {
    const { kinds, lower } = normalize ? foldedTables() : plainTables();
    this.#kinds = kinds;
    this.#lower = lower;
  }

  /** Splits `text[from, to)`. */
  split(text: string, from = 0, to: number = text.length): void {
    if (this.units.length <= to - from) this.units = new Uint16Array(Math.ceil((to - from + 1) * 1.25));
    const kinds = this.#kinds;
    const lower = this.#lower;
    let { units, hashes, unitEnds, starts, ends } = this;
    let count = 0;
    let length = 0;
    for (let i = from; i < to; ) {
      let unit = text.charCodeAt(i);
      let kind = kinds[unit]!;
      const paired = kind === SURROGATE;
      if (paired) kind = kindOfPair(text, i);
      if (kind === SEPARATOR) {
        i++;
        continue;
      }
      if (count === hashes.length) {
        this.#growWords();
        ({ hashes, unitEnds, starts, ends } = this);
      }
      // What is left may be one word, and a space follows it; ideographs have spaces that the text had not.
      if (length + to - i >= units.length) units = this.#growUnits(length);
      starts[count] = i;
      let hash = 0x811c9dc5;
      const end = kind === ALONE ? Math.min(to, paired ? i + 2 : i + 1) : to;
      const alone = kind === ALONE;
      do {
        unit = lower[unit]!;
        units[length++] = unit;
        hash = Math.imul(hash ^ unit, 0x01000193);
        if (++i >= end) break;
        unit = text.charCodeAt(i);
        kind = kinds[unit]!;
        if (kind === SURROGATE) kind = kindOfPair(text, i);
      } while (alone || kind === LETTER);
      hashes[count] = hash ^ (hash >>> 15);
      unitEnds[count] = length;
      ends[count++] = i;
      units[length++] = 32;
    }
    this.count = count;
    this.length = length;
  }

  /** The words that were split last, in arrays of their own. */
  copy(): WordList {
    const { count } = this;
    return {
      count,
      units: this.units.slice(0, this.length),
      unitEnds: this.unitEnds.slice(0, count),
      hashes: this.hashes.slice(0, count),
    };
  }

  /** Where word `index` begins in `units`. */
  unitStart(index: number): number {
    return index === 0 ? 0 : this.unitEnds[index - 1]! + 1;
  }

  #growUnits(length: number): Uint16Array<ArrayBuffer> {
    const larger = new Uint16Array(this.units.length * 2);
    larger.set(this.units.subarray(0, length));
    this.units = larger;
    return larger;
  }

  #growWords(): void {
    const larger = (old: Uint32Array) => {
      const array = new Uint32Array(old.length * 2);
      array.set(old);
      return array;
    };
    this.hashes = larger(this.hashes);
    this.unitEnds = larger(this.unitEnds);
    this.starts = larger(this.starts);
    this.ends = larger(this.ends);
  }
}

/** The kind of the code point that a surrogate belongs to; half a pair separates. */
function kindOfPair(text: string, index: number): number {
  const unit = text.charCodeAt(index);
  const at = (unit & 0xfc00) === 0xdc00 ? index - 1 : index;
  const point = at < 0 ? 0 : (text.codePointAt(at) ?? 0);
  if (point < 0x10000) return SEPARATOR;
  const char = String.fromCodePoint(point);
  if (!WORD.test(char)) return SEPARATOR;
  return ALONE_SCRIPTS.test(char) ? ALONE : LETTER;
}
