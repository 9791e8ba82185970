/** SentencePiece's table of normalizations: a double-array trie (Darts) over UTF-8, and the texts that it points to. */

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** A key at the start of a text: its length in bytes, and what it becomes. */
export interface Mapped {
  length: number;
  text: string;
}

export class Charsmap {
  readonly #units: Uint32Array;
  readonly #texts: Uint8Array;

  /** `blob`: the size of the trie in bytes (u32, little-endian), the trie, texts that end with 0. */
  constructor(blob: Uint8Array) {
    const view = new DataView(blob.buffer, blob.byteOffset, blob.byteLength);
    const size = blob.length < 4 ? Number.NaN : view.getUint32(0, true);
    if (!(size % 4 === 0 && size + 4 <= blob.length)) throw new RangeError("the table of normalizations is cut off");
    this.#units = Uint32Array.from({ length: size / 4 }, (_, i) => view.getUint32(4 + i * 4, true));
    this.#texts = blob.slice(4 + size);
  }

  /** The shortest key that the text begins with: what the Rust library takes. */
  shortest(text: string): string | undefined {
    return this.#search(encoder.encode(text), 0, true)?.text;
  }

  /** The longest key at a place: what SentencePiece takes. */
  longest(bytes: Uint8Array, at: number): Mapped | undefined {
    return this.#search(bytes, at, false);
  }

  /** Whether a key begins with all of these bytes and may go on. */
  leads(bytes: Uint8Array): boolean {
    let node = offsetOf(this.#units[0] ?? 0);
    for (const byte of bytes) {
      node ^= byte;
      const unit = this.#units[node] ?? 0;
      if ((unit & 0x800000ff) >>> 0 !== byte) return false;
      node ^= offsetOf(unit);
    }
    return true;
  }

  #search(bytes: Uint8Array, from: number, first: boolean): Mapped | undefined {
    const units = this.#units;
    let node = offsetOf(units[0] ?? 0);
    let value = -1;
    let length = 0;
    for (let at = from; at < bytes.length && bytes[at] !== 0; at++) {
      node ^= bytes[at]!;
      const unit = units[node] ?? 0;
      if ((unit & 0x800000ff) >>> 0 !== bytes[at]) break;
      node ^= offsetOf(unit);
      if ((unit >>> 8) & 1) {
        value = (units[node] ?? 0) & 0x7fffffff;
        length = at + 1 - from;
        if (first) break;
      }
    }
    return value < 0 ? undefined : { length, text: this.#textAt(value) };
  }

  #textAt(at: number): string {
    const end = this.#texts.indexOf(0, at);
    return decoder.decode(this.#texts.subarray(at, end < 0 ? this.#texts.length : end));
  }
}

function offsetOf(unit: number): number {
  return (unit >>> 10) << ((unit & 0x200) >>> 6);
}
