/** Models: how a piece of text becomes tokens of a vocabulary. */
import type { ModelKind } from "../tokenizer.ts";

/** Tokens of one piece: ids, and where they lie in the piece, UTF-16 code units; made once, used for piece after piece. */
export class Pieces {
  ids = new Int32Array(256);
  starts = new Int32Array(256);
  ends = new Int32Array(256);
  count = 0;

  clear(): void {
    this.count = 0;
  }

  push(id: number, start: number, end: number): void {
    if (this.count === this.ids.length) this.#grow();
    this.ids[this.count] = id;
    this.starts[this.count] = start;
    this.ends[this.count++] = end;
  }

  #grow(): void {
    const grown = (old: Int32Array<ArrayBuffer>) => {
      const next = new Int32Array(old.length * 2);
      next.set(old);
      return next;
    };
    this.ids = grown(this.ids);
    this.starts = grown(this.starts);
    this.ends = grown(this.ends);
  }
}

export interface Model {
  readonly kind: ModelKind;
  readonly vocab: ReadonlyMap<string, number>;
  /**
   * Puts the tokens of a piece that is not empty into `out`, which is empty. Where they start and end is only right
   * when it is `tracked`.
   */
  split(piece: string, out: Pieces, tracked: boolean): void;
}
