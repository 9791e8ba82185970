/** BPE over characters: a word's characters, or bytes for those that the vocabulary lacks, merged by rank. */
import { Merger } from "./merge.ts";
import type { MergeTable } from "./merge-table.ts";
import type { Model, Pieces } from "./model.ts";

export interface BpeOptions {
  vocab: ReadonlyMap<string, number>;
  /** What characters are before they merge, where that is not their token; an id outside the vocabulary is unknown. */
  symbols?: ReadonlyMap<string, number>;
  merges: MergeTable;
  unkId: number | undefined;
  /** Neighbouring unknown characters are one unknown token. */
  fuseUnk: boolean;
  /** A character that the vocabulary lacks becomes `<0x41>` and the like. */
  byteFallback: boolean;
  /** A piece that is in the vocabulary is that token, whatever the merges say. */
  ignoreMerges: boolean;
  /** What stands before each character of a piece but its first, in the vocabulary. */
  continuingPrefix: string;
  /** What stands after the last character of a piece, in the vocabulary. */
  endSuffix: string;
}

const encoder = new TextEncoder();

export class Bpe implements Model {
  readonly kind = "BPE";
  readonly vocab: ReadonlyMap<string, number>;
  readonly #options: BpeOptions;
  readonly #merger: Merger;
  /** Ids of `<0x00>` to `<0xFF>`, -1 where there is none. */
  readonly #byteIds: Int32Array;
  /** Ids of characters of one code unit, -1 where there is none; not where characters change with their place. */
  readonly #units: Int32Array | undefined;

  constructor(options: BpeOptions) {
    this.vocab = options.vocab;
    this.#options = options;
    this.#merger = new Merger(options.merges);
    this.#byteIds = byteTokens(options.vocab);
    if (!options.continuingPrefix && !options.endSuffix) this.#units = unitIds(options.symbols ?? options.vocab);
  }

  split(piece: string, out: Pieces, tracked: boolean): void {
    const { vocab, ignoreMerges } = this.#options;
    const whole = ignoreMerges ? vocab.get(piece) : undefined;
    if (whole !== undefined) {
      out.push(whole, 0, piece.length);
      return;
    }
    this.#characters(piece, out);
    const { symbols } = this.#options;
    // Characters that are left over are looked up once more.
    if (tracked || symbols) out.count = this.#merger.merge(out.ids, out.count, out.starts, out.ends);
    else out.count = this.#merger.merge(out.ids, out.count);
    if (symbols) this.#leftOver(piece, out);
  }

  /** Symbols that did not merge into a token become unknown, or bytes. */
  #leftOver(piece: string, out: Pieces): void {
    const { ids, starts, ends, count } = out;
    const tokens = this.vocab.size;
    if (!ids.subarray(0, count).some((id) => id >= tokens)) return;
    const merged = Array.from(ids.subarray(0, count), (id, k) => [id, starts[k]!, ends[k]!] as const);
    out.clear();
    for (const [id, start, end] of merged) {
      if (id < tokens) out.push(id, start, end);
      else this.#unknown(piece.slice(start, end), start, end, out);
    }
  }

  #characters(piece: string, out: Pieces): void {
    const { vocab, symbols = vocab, continuingPrefix, endSuffix } = this.#options;
    const units = this.#units;
    for (let at = 0; at < piece.length; ) {
      const known = units?.[piece.charCodeAt(at)] ?? -1;
      if (known >= 0) {
        out.push(known, at, ++at);
        continue;
      }
      const end = at + (piece.codePointAt(at)! > 0xffff ? 2 : 1);
      const symbol = (at > 0 ? continuingPrefix : "") + piece.slice(at, end) + (end === piece.length ? endSuffix : "");
      const id = symbols.get(symbol);
      if (id !== undefined) out.push(id, at, end);
      else this.#unknown(symbol, at, end, out);
      at = end;
    }
  }

  #unknown(symbol: string, start: number, end: number, out: Pieces): void {
    const { unkId, fuseUnk } = this.#options;
    if (this.#bytes(symbol, start, end, out) || unkId === undefined) return;
    const last = out.count - 1;
    // A token that is unknown by its own name has no neighbour to fuse with: it is found before.
    if (fuseUnk && last >= 0 && out.ids[last] === unkId && out.ends[last] === start) out.ends[last] = end;
    else out.push(unkId, start, end);
  }

  #bytes(symbol: string, start: number, end: number, out: Pieces): boolean {
    if (!this.#options.byteFallback) return false;
    const bytes = encoder.encode(symbol);
    if (bytes.some((byte) => this.#byteIds[byte]! < 0)) return false;
    for (const byte of bytes) out.push(this.#byteIds[byte]!, start, end);
    return true;
  }
}

function unitIds(symbols: ReadonlyMap<string, number>): Int32Array {
  const ids = new Int32Array(65_536).fill(-1);
  for (const [symbol, id] of symbols) if (symbol.length === 1) ids[symbol.charCodeAt(0)] = id;
  return ids;
}

/** Ids of the tokens `<0x00>` to `<0xFF>`, -1 where there is none. */
export function byteTokens(vocab: ReadonlyMap<string, number>): Int32Array {
  return Int32Array.from({ length: 256 }, (_, byte) => {
    return vocab.get(`<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`) ?? -1;
  });
}
