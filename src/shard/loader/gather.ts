/** From a plan to tensors: opens the shards that a batch needs, and reads its rows. */
import { allInOrder } from "../../core/all-in-order.ts";
import { Assembly, type SlotBytes } from "./assembly.ts";
import type { Buffers } from "./buffers.ts";
import type { OpenSet } from "./open-set.ts";
import type { ReaderThreads } from "./readers.ts";
import type { Slot } from "./samples.ts";
import type { OpenShard } from "./shard-files.ts";

/** The open shards that samples lie in, by set and number; they stay open as long as this is held. */
export type OpenedSets = readonly ReadonlyMap<number, OpenShard>[];

/** Opens the shards of samples; at once when all are open or can be mapped. */
export function openedFor(
  openSets: readonly OpenSet[],
  sets: Uint16Array,
  samples: Float64Array,
): OpenedSets | Promise<OpenedSets> {
  const opened = openSets.map(() => new Map<number, OpenShard>());
  const waiting: Promise<void>[] = [];
  for (let i = 0; i < samples.length; i++) {
    const { reader } = openSets[sets[i]!]!;
    const own = opened[sets[i]!]!;
    const last = reader.lastShard(samples[i]!);
    for (let shard = reader.firstShard(samples[i]!); shard <= last; shard++) {
      if (own.has(shard)) continue;
      const open = reader.files.open(shard);
      if (open instanceof Promise) {
        // The same shard is asked for again by later samples; the files answer with the same promise.
        const kept = open.then((ready) => void own.set(shard, ready));
        // Another shard may fail before this one is waited for.
        kept.catch(() => {});
        waiting.push(kept);
      } else own.set(shard, open);
    }
  }
  return waiting.length === 0 ? opened : allInOrder(waiting).then(() => opened);
}

export interface Gathered {
  tensors: SlotBytes;
  length: number;
  itemBytes: 2 | 4;
}

export interface GatherPlan {
  sets: Uint16Array;
  samples: Float64Array;
  length: number | undefined;
}

export interface GatherMeans {
  /** Tensors that are wanted. */
  slots: readonly Slot[];
  buffers: Buffers;
  threads: ReaderThreads | undefined;
  /** Copies also what could be a view. */
  own: boolean;
}

/** Reads the rows of a batch; by threads when there are some and the files are plain. */
export async function gather(
  openSets: readonly OpenSet[],
  plan: GatherPlan,
  { slots, buffers, threads, own }: GatherMeans,
): Promise<Gathered> {
  const { sets, samples } = plan;
  const pending = openedFor(openSets, sets, samples);
  const opened = pending instanceof Promise ? await pending : pending;
  const length = plan.length ?? widest(openSets, sets, samples, opened);
  const { pad, reader } = openSets[0]!;
  const { itemBytes } = reader;
  const assembly = new Assembly({ rows: samples.length, length, itemBytes, pad }, slots, buffers);
  for (let from = 0; from < samples.length; ) {
    let to = from + 1;
    while (to < samples.length && sets[to] === sets[from]) to++;
    const set = sets[from]!;
    openSets[set]!.reader.read(samples, from, to, from, length, opened[set]!, assembly);
    from = to;
  }
  const tensors =
    threads && assembly.plain
      ? await assembly.finishBy((copies, blanks) => threads.read(copies, blanks))
      : assembly.finish(own);
  return { tensors, length, itemBytes };
}

function widest(openSets: readonly OpenSet[], sets: Uint16Array, samples: Float64Array, opened: OpenedSets): number {
  const [first] = openSets;
  if (openSets.every(({ reader }) => reader.length === first!.reader.length) && first!.reader.length !== undefined) {
    return first!.reader.length;
  }
  let length = 0;
  for (let i = 0; i < samples.length; i++) {
    const set = sets[i]!;
    const { reader } = openSets[set]!;
    length = Math.max(length, reader.length ?? reader.lengthOf(samples[i]!, opened[set]!));
  }
  return length;
}
