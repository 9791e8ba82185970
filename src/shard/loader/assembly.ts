/** Puts one batch together: what is copied from where is written down first, then done here or by worker threads. */
import type { Sink, Slot } from "./samples.ts";
import type { OpenShard } from "./shard-files.ts";

export interface Copy {
  slot: Slot;
  shard: OpenShard;
  from: number;
  bytes: number;
  to: number;
}

/** The tensors of a batch as bytes; without a loss mask all tokens count. */
export type SlotBytes = Partial<Record<Slot, Uint8Array>>;

export interface Shape {
  rows: number;
  length: number;
  itemBytes: 2 | 4;
  /** Token of the places that no sample fills; undefined when samples fill all. */
  pad: number | undefined;
}

export class Assembly implements Sink {
  readonly shape: Shape;
  readonly #copies: Copy[] = [];
  readonly #fills: { slot: Slot; value: number; start: number; end: number }[] = [];

  constructor(shape: Shape) {
    this.shape = shape;
  }

  copy(slot: Slot, shard: OpenShard, from: number, bytes: number, to: number): void {
    this.#copies.push({ slot, shard, from, bytes, to });
  }

  fill(slot: Slot, value: number, start: number, end: number): void {
    this.#fills.push({ slot, value, start, end });
  }

  /** The tensors, copied here; one that lies in one piece in a shard is a view of it instead, unless `own` is set. */
  finish(own: boolean): SlotBytes {
    const tensors: SlotBytes = {};
    for (const slot of this.#slots()) tensors[slot] = (own ? undefined : this.#view(slot)) ?? this.#blank(slot);
    for (const { slot, shard, from, bytes, to } of this.#copies) {
      const target = tensors[slot]!;
      if (target.buffer !== shard.bytes.buffer) target.set(shard.bytes.subarray(from, from + bytes), to);
    }
    return this.#filled(tensors);
  }

  /** The tensors, copied by `read`, which fills a blank buffer per slot from the files; all shards are plain. */
  async finishBy(read: (copies: readonly Copy[], blanks: SlotBytes) => Promise<SlotBytes>): Promise<SlotBytes> {
    const blanks: SlotBytes = {};
    for (const slot of this.#slots()) blanks[slot] = this.#blank(slot);
    return this.#filled(await read(this.#copies, blanks));
  }

  /** Whether every piece comes from a file that others can read, too. */
  get plain(): boolean {
    return this.#copies.length > 0 && this.#copies.every(({ shard }) => shard.plain);
  }

  /** A loss mask that nothing is copied to would be all ones. */
  #slots(): Slot[] {
    const masked = this.#copies.some(({ slot }) => slot === "loss_mask");
    return masked ? ["input_ids", "segment_ids", "loss_mask"] : ["input_ids", "segment_ids"];
  }

  #blank(slot: Slot): Uint8Array {
    const { itemBytes, pad } = this.shape;
    const bytes = new Uint8Array(this.#size(slot));
    if (slot === "input_ids" && pad) elementsOf(slot, bytes, itemBytes).fill(pad);
    return bytes;
  }

  #view(slot: Slot): Uint8Array | undefined {
    const [first, second] = this.#copies.filter((copy) => copy.slot === slot);
    if (!first || second || first.bytes !== this.#size(slot)) return undefined;
    const view = first.shard.bytes.subarray(first.from, first.from + first.bytes);
    return view.byteOffset % this.#itemBytes(slot) === 0 ? view : undefined;
  }

  #filled(tensors: SlotBytes): SlotBytes {
    for (const { slot, value, start, end } of this.#fills) {
      const bytes = tensors[slot];
      if (bytes) elementsOf(slot, bytes, this.shape.itemBytes).fill(value, start, end);
    }
    return tensors;
  }

  #size(slot: Slot): number {
    return this.shape.rows * this.shape.length * this.#itemBytes(slot);
  }

  #itemBytes(slot: Slot): number {
    return slot === "input_ids" ? this.shape.itemBytes : slot === "segment_ids" ? 2 : 1;
  }
}

/** The numbers of a tensor's bytes, not copied. */
export function elementsOf(slot: Slot, bytes: Uint8Array, itemBytes: 2 | 4): Uint8Array | Uint16Array | Uint32Array {
  const { buffer, byteOffset, length } = bytes;
  if (slot === "loss_mask") return bytes;
  if (slot === "input_ids" && itemBytes === 4) return new Uint32Array(buffer, byteOffset, length / 4);
  return new Uint16Array(buffer, byteOffset, length / 2);
}
