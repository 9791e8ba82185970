/** Words of a text as 64-bit hashes: letters and digits, without case, accents or punctuation. */

const SEPARATOR = 0;
/** Marks and invisible characters: they neither end nor change a word. */
const SKIP = 1;
const WORDS = 1 << 14;

/** Each UTF-16 code unit as it counts: itself without case and accents, or one of the constants above. */
const folded: Uint16Array = makeTable();

function makeTable(): Uint16Array {
  const table = new Uint16Array(65_536);
  for (let unit = 0; unit < 65_536; unit++) {
    const isIdeograph = unit >= 0x3400 && unit <= 0x9fff && (unit < 0x4dc0 || unit >= 0x4e00);
    const isHangul = unit >= 0xac00 && unit <= 0xd7a3;
    table[unit] = isIdeograph || isHangul ? unit : fold(String.fromCharCode(unit));
  }
  return table;
}

function fold(char: string): number {
  if (/[\p{M}\p{Cf}]/u.test(char)) return SKIP;
  if (!/[\p{L}\p{N}]/u.test(char)) return SEPARATOR;
  return char.normalize("NFD").toLowerCase().charCodeAt(0);
}

/** Ideographs and kana are written without spaces, so each is a word of its own. */
function standsAlone(unit: number): boolean {
  return unit >= 0x3040 && (unit <= 0x30ff || (unit >= 0x3400 && unit <= 0x9fff) || (unit >= 0xf900 && unit <= 0xfaff));
}

/** Words of a text, a block at a time, so that a text of any length takes the same memory. */
export class WordBlock {
  /** The two halves of each word's hash. */
  readonly low = new Int32Array(WORDS);
  readonly high = new Int32Array(WORDS);
  count = 0;

  /** Keeps the last `count` words at the front of the block and forgets the others. */
  keepLast(count: number): void {
    const from = Math.max(0, this.count - count);
    this.low.copyWithin(0, from, this.count);
    this.high.copyWithin(0, from, this.count);
    this.count -= from;
  }

  /** Appends the words of `text` from `at` on until the block is full; where to go on, or the text's length. */
  fill(text: string, at: number): number {
    const { low, high } = this;
    const end = text.length;
    let { count } = this;
    let size = 0;
    let a = 0;
    let b = 0;
    let i = at;
    for (; i < end; i++) {
      const unit = text.charCodeAt(i);
      const code = folded[unit]!;
      if (code === SKIP) continue;
      const alone = unit >= 0x3040 && code !== SEPARATOR && standsAlone(unit);
      if (size > 0 && (alone || code === SEPARATOR)) {
        low[count] = mix(a);
        high[count++] = mix(b);
        size = a = b = 0;
        if (count === WORDS) break;
      }
      if (code === SEPARATOR) continue;
      a = (Math.imul(a ^ code, 0x01000193) + 0x2545f491) | 0;
      b = Math.imul(b + code, 0x85ebca6b) ^ (b >>> 15);
      size++;
      if (!alone) continue;
      low[count] = mix(a);
      high[count++] = mix(b);
      size = a = b = 0;
      if (count === WORDS) {
        i++;
        break;
      }
    }
    if (size > 0) {
      low[count] = mix(a);
      high[count++] = mix(b);
    }
    this.count = count;
    return i;
  }
}

function mix(x: number): number {
  let h = Math.imul(x ^ (x >>> 16), 0x7feb352d);
  h = Math.imul(h ^ (h >>> 15), 0x846ca68b);
  return h ^ (h >>> 16);
}
