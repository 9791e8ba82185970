/** Puts one batch together: what is copied from where is written down first, then done here or by worker threads. */
import type { Buffers } from "./buffers.ts";
import { type Sink, type Slot, slotNames } from "./samples.ts";
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
  /** Token of the places that no sample fills. */
  pad: number;
}

interface Fill {
  value: number;
  start: number;
  end: number;
}

export class Assembly implements Sink {
  readonly #shape: Shape;
  readonly #buffers: Buffers;
  readonly #copies = new Map<Slot, Copy[]>();
  readonly #fills = new Map<Slot, Fill[]>();

  /** `slots` are the tensors that are wanted. */
  constructor(shape: Shape, slots: readonly Slot[], buffers: Buffers) {
    this.#shape = shape;
    this.#buffers = buffers;
    for (const slot of slots) {
      this.#copies.set(slot, []);
      this.#fills.set(slot, []);
    }
  }

  copy(slot: Slot, shard: OpenShard, from: number, bytes: number, to: number): void {
    this.#copies.get(slot)?.push({ slot, shard, from, bytes, to });
  }

  fill(slot: Slot, value: number, start: number, end: number): void {
    this.#fills.get(slot)?.push({ value, start, end });
  }

  /** The tensors, copied here; one that lies in one piece in a shard is a view of it instead, unless `own` is set. */
  finish(own: boolean): SlotBytes {
    const tensors: SlotBytes = {};
    for (const slot of this.#slots()) {
      const view = own ? undefined : this.#view(slot);
      const bytes = view ?? this.#blank(slot);
      tensors[slot] = bytes;
      if (view) continue;
      for (const { shard, from, bytes: count, to } of this.#copies.get(slot)!) {
        bytes.set(shard.bytes.subarray(from, from + count), to);
      }
      this.#applyFills(slot, bytes);
    }
    return tensors;
  }

  /** The tensors, copied by `read`, which is given the blank ones; every piece must come from a plain file. */
  async finishBy(read: (copies: readonly Copy[], blanks: SlotBytes) => Promise<SlotBytes>): Promise<SlotBytes> {
    const slots = this.#slots();
    const blanks: SlotBytes = {};
    for (const slot of slots) blanks[slot] = this.#blank(slot);
    const tensors = await read(
      slots.flatMap((slot) => this.#copies.get(slot)!),
      blanks,
    );
    for (const slot of slots) this.#applyFills(slot, tensors[slot]!);
    return tensors;
  }

  /** Whether every piece comes from a file that others can read, too. */
  get plain(): boolean {
    return this.#slots().every((slot) => this.#copies.get(slot)!.every(({ shard }) => shard.plain));
  }

  /** A loss mask that nothing is copied to would be all ones. */
  #slots(): Slot[] {
    return slotNames.filter((slot) => {
      const copies = this.#copies.get(slot);
      return copies !== undefined && (slot !== "loss_mask" || copies.length > 0);
    });
  }

  /** Memory for a tensor, set to padding unless pieces will cover all of it. */
  #blank(slot: Slot): Uint8Array {
    const size = this.#size(slot);
    const bytes = this.#buffers.take(size);
    const covered = this.#copies.get(slot)!.reduce((sum, copy) => sum + copy.bytes, 0);
    if (covered === size) return bytes;
    const { itemBytes, pad } = this.#shape;
    elementsOf(slot, bytes, itemBytes).fill(slot === "input_ids" ? pad : 0);
    return bytes;
  }

  #view(slot: Slot): Uint8Array | undefined {
    const copies = this.#copies.get(slot)!;
    const [first] = copies;
    if (!first || copies.length > 1 || first.bytes !== this.#size(slot)) return undefined;
    const view = first.shard.bytes.subarray(first.from, first.from + first.bytes);
    return view.byteOffset % this.#itemBytes(slot) === 0 ? view : undefined;
  }

  #applyFills(slot: Slot, bytes: Uint8Array): void {
    const elements = elementsOf(slot, bytes, this.#shape.itemBytes);
    for (const { value, start, end } of this.#fills.get(slot)!) elements.fill(value, start, end);
  }

  #size(slot: Slot): number {
    return this.#shape.rows * this.#shape.length * this.#itemBytes(slot);
  }

  #itemBytes(slot: Slot): number {
    return slot === "input_ids" ? this.#shape.itemBytes : slot === "segment_ids" ? 2 : 1;
  }
}

/** The numbers of a tensor's bytes, not copied. */
export function elementsOf(slot: Slot, bytes: Uint8Array, itemBytes: 2 | 4): Uint8Array | Uint16Array | Uint32Array {
  const { buffer, byteOffset, length } = bytes;
  if (slot === "loss_mask") return bytes;
  if (slot === "input_ids" && itemBytes === 4) return new Uint32Array(buffer, byteOffset, length / 4);
  return new Uint16Array(buffer, byteOffset, length / 2);
}
