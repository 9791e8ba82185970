/** The pieces of documents that a shard of a plan has, in the order of the documents. */
import { bucketOf, cutDocument, keptTokens } from "../pack/pieces.ts";
import type { ShardPlan, ShardRange } from "../plan/plan.ts";
import { Growing } from "../staging/growing.ts";
import { TokenFileReader } from "../staging/token-file-reader.ts";

export interface Pieces {
  count: number;
  tokens: number;
  /** Of each piece: which token file, which document of it, first token in it, and how many. */
  files: Uint32Array;
  documents: Uint32Array;
  starts: Float64Array;
  lengths: Uint32Array;
  /** Documents of which the first piece is here. */
  begun: number;
  /** Tokens that were cut from those. */
  truncated: number;
  /** Tokens that are also in the row before. */
  repeated: number;
}

/** Reads the lengths of the documents in a shard's stretch, one token file at a time, and cuts them as was planned. */
export function selectPieces(plan: ShardPlan, range: ShardRange): Pieces {
  const pieces = new PieceList();
  const cut = cutter(plan, range, pieces);
  let first = 0;
  plan.tokenFiles.forEach(({ path, documents }, file) => {
    const from = Math.max(0, range.start.document - first);
    const to = Math.min(documents, range.end.document + 1 - first);
    if (from < to) {
      using reader = TokenFileReader.open(path);
      let position = 0;
      for (let i = 0; i < to; i++) {
        const length = reader.lengths[i]!;
        if (i >= from && reader.splits[i] === range.split) cut(file, i, position, length, first + i);
        position += length;
      }
    }
    first += documents;
  });
  return pieces.result();
}

type Cut = (file: number, document: number, position: number, length: number, global: number) => void;

/** Adds the pieces of one document that lie in the shard. */
function cutter({ set }: ShardPlan, { start, end, width, repeats }: ShardRange, pieces: PieceList): Cut {
  const seqLen = set.seq_len ?? 0;
  const overlap = set.row_overlap ?? 0;
  const rules = { seqLen, longDocuments: set.long_documents ?? "fragment" } as const;
  return (file, document, position, length, global) => {
    const kept = width === null ? length : keptTokens(length, rules);
    const from = global === start.document ? start.offset : 0;
    const to = global === end.document ? end.offset : kept;
    if (global === end.document && to === 0) return;
    const goesOn = from > 0 || (repeats === true && global === start.document);
    const before = pieces.count;
    if (width === null) pieces.add(file, document, position + from, to - from);
    else if (set.packing === "concat") {
      for (let at = from; at < to; ) {
        const again = at > from || goesOn ? overlap : 0;
        if (at > from) at -= again;
        const count = Math.min(to - at, width - (pieces.tokens % width));
        pieces.add(file, document, position + at, count);
        pieces.repeated += again;
        at += count;
      }
    } else {
      cutDocument(kept, seqLen, overlap, (at, count) => {
        if (at < from || at + count > to) return;
        if (set.packing === "dynamic" && bucketOf(count, seqLen) !== width) return;
        pieces.add(file, document, position + at, count);
        if (at > 0) pieces.repeated += overlap;
      });
    }
    if (pieces.count > before && pieces.startAt(before) === position && !goesOn) pieces.begin(length - kept);
  };
}

class PieceList {
  tokens = 0;
  repeated = 0;
  #begun = 0;
  #truncated = 0;
  readonly #files = new Growing((n) => new Uint32Array(n));
  readonly #documents = new Growing((n) => new Uint32Array(n));
  readonly #starts = new Growing((n) => new Float64Array(n));
  readonly #lengths = new Growing((n) => new Uint32Array(n));

  get count(): number {
    return this.#lengths.length;
  }

  add(file: number, document: number, start: number, length: number): void {
    this.#files.push(file);
    this.#documents.push(document);
    this.#starts.push(start);
    this.#lengths.push(length);
    this.tokens += length;
  }

  startAt(piece: number): number {
    return this.#starts.view()[piece]!;
  }

  begin(truncated: number): void {
    this.#begun++;
    this.#truncated += truncated;
  }

  result(): Pieces {
    return {
      count: this.count,
      tokens: this.tokens,
      files: this.#files.view(),
      documents: this.#documents.view(),
      starts: this.#starts.view(),
      lengths: this.#lengths.view(),
      begun: this.#begun,
      truncated: this.#truncated,
      repeated: this.repeated,
    };
  }
}
