/** Goal: every token arrives, in an order that depends on nothing but seed, epoch and position. */
import { describe, expect, test } from "bun:test";
import { type Batch, type LoaderOptions, ShardLoader } from "../../../src/shard/loader.ts";
import { flatSet, packedSet, type SetOptions } from "./shards.ts";

const ROWS = [7, 5, 11, 1, 9];
const TOTAL = 33;
const LENGTH = 16;

async function batchesOf(path: string, options: LoaderOptions): Promise<Batch[]> {
  using loader = await ShardLoader.open(path, options);
  const batches: Batch[] = [];
  for await (const batch of loader) batches.push(batch);
  return batches;
}

/** Rows by number, in the order in which they come; each token is checked. */
function rowsOf(batches: readonly Batch[]): number[] {
  return batches.flatMap(({ rows, length, input_ids: ids }) =>
    Array.from({ length: rows }, (_, row) => {
      const number = ids[row * length]! / 100;
      for (let c = 0; c < length; c++) expect(ids[row * length + c]).toBe(number * 100 + c);
      return number;
    }),
  );
}

const counting = (size: number) => Array.from({ length: size }, (_, i) => i);

describe("a loader of packed shards", () => {
  test("gives all rows in the order of the files, a short batch last", async () => {
    const path = await packedSet(ROWS, LENGTH);
    const batches = await batchesOf(path, { batchSize: 4 });
    expect(batches.map(({ rows }) => rows)).toEqual([4, 4, 4, 4, 4, 4, 4, 4, 1]);
    expect(rowsOf(batches)).toEqual(counting(TOTAL));
    expect([...batches[0]!.segment_ids!.subarray(0, 5)]).toEqual([1, 1, 1, 2, 2]);
    expect(batches[0]!.loss_mask).toBeUndefined();
  });

  test("leaves the short batch out when asked", async () => {
    const path = await packedSet(ROWS, LENGTH);
    const batches = await batchesOf(path, { batchSize: 4, dropLast: true });
    expect(rowsOf(batches)).toEqual(counting(32));
  });

  const kinds: [string, SetOptions][] = [
    ["npy", { format: "npy" }],
    ["Arrow", { format: "arrow" }],
    ["32-bit tokens", { wide: true }],
    ["zstd", { compression: "zstd" }],
    ["lz4", { compression: "lz4" }],
    ["gzip", { compression: "gzip" }],
  ];
  test.each(kinds)("reads %s, in order and shuffled, as it reads plain safetensors", async (_, options) => {
    const plain = await packedSet(ROWS, LENGTH);
    const other = await packedSet(ROWS, LENGTH, options);
    const order = { batchSize: 4, block: 4, window: 3, seed: 3 };
    expect(rowsOf(await batchesOf(other, order))).toEqual(counting(TOTAL));
    const shuffled = rowsOf(await batchesOf(plain, { ...order, shuffle: true }));
    expect(rowsOf(await batchesOf(other, { ...order, shuffle: true }))).toEqual(shuffled);
  });

  test("shuffles: an epoch is a permutation, unlike the files and unlike the next epoch", async () => {
    const path = await packedSet(ROWS, LENGTH);
    const batches = await batchesOf(path, { batchSize: 4, shuffle: true, epochs: 3, block: 4, window: 3 });
    const epochs = [0, 1, 2].map((epoch) => rowsOf(batches.filter((batch) => batch.epoch === epoch)));
    for (const epoch of epochs) {
      expect(new Set(epoch).size).toBe(TOTAL);
      expect(epoch).not.toEqual(counting(TOTAL));
    }
    expect(epochs[0]).not.toEqual(epochs[1]!);
    expect(epochs[1]).not.toEqual(epochs[2]!);
  });

  test("gives the same order with 0, 1, 2 or 7 workers and any prefetch", async () => {
    const path = await packedSet(ROWS, LENGTH);
    const order = { batchSize: 4, shuffle: true, epochs: 2, block: 4, window: 3 };
    const expected = rowsOf(await batchesOf(path, { ...order, prefetch: 1 }));
    for (const workers of [0, 1, 2, 7]) {
      for (const prefetch of [1, 5, 100]) {
        expect(rowsOf(await batchesOf(path, { ...order, workers, prefetch }))).toEqual(expected);
      }
    }
  });

  test.each([1, 2, 3, 4, 8])("gives the same global order to a world of %d", async (world) => {
    const path = await packedSet(ROWS, LENGTH);
    const order = { batchSize: 8, shuffle: true, epochs: 2, block: 4, window: 3 };
    const expected = rowsOf(await batchesOf(path, order));
    const ranks = await Promise.all(counting(world).map((rank) => batchesOf(path, { ...order, rank, world })));
    const steps = ranks[0]!.length;
    for (const rank of ranks) expect(rank.length).toBe(steps);
    const together = counting(steps).flatMap((step) => ranks.flatMap((rank) => rowsOf([rank[step]!])));
    expect(together).toEqual(expected);
  });

  test("hands the rest of an epoch to the ranks, some of which may get no row, and keeps them in step", async () => {
    const path = await packedSet([9], LENGTH);
    const ranks = await Promise.all(counting(4).map((rank) => batchesOf(path, { batchSize: 8, rank, world: 4 })));
    expect(ranks.map((batches) => batches.map(({ rows }) => rows))).toEqual([
      [2, 0],
      [2, 0],
      [2, 0],
      [2, 1],
    ]);
    expect(ranks[0]![1]!.globalRows).toBe(1);
  });

  test("pads rows of narrower shards to the widest row of the batch", async () => {
    const path = await packedSet([2, 2], [4, 6], { padId: 9 });
    const [batch] = await batchesOf(path, { batchSize: 4, derive: ["attention_mask", "position_ids"] });
    expect(batch!.length).toBe(6);
    expect([...batch!.input_ids.subarray(0, 6)]).toEqual([0, 1, 2, 3, 9, 9]);
    expect([...batch!.segment_ids!.subarray(0, 6)]).toEqual([1, 1, 1, 2, 0, 0]);
    expect([...batch!.attention_mask!.subarray(0, 6)]).toEqual([1, 1, 1, 1, 0, 0]);
    expect([...batch!.position_ids!.subarray(0, 6)]).toEqual([0, 1, 2, 0, 0, 0]);
    expect([...batch!.position_ids!.subarray(18)]).toEqual([0, 1, 2, 0, 1, 2]);
  });

  test("gives batches that may be written to when asked, else views of the shard", async () => {
    const path = await packedSet([8], LENGTH);
    const first = async (options: LoaderOptions) => {
      using loader = await ShardLoader.open(path, { batchSize: 4, epochs: 2, ...options });
      const seen: number[] = [];
      for await (const batch of loader) {
        seen.push(batch.input_ids[0]!);
        batch.input_ids[0] = 7;
      }
      return seen;
    };
    expect(await first({ copy: true })).toEqual([0, 400, 0, 400]);
    expect(await first({})).toEqual([0, 400, 7, 7]);
    // The file itself never changes.
    expect(await first({ copy: true })).toEqual([0, 400, 0, 400]);
  });
});

describe("a loader that uses memory again", () => {
  test.each([0, 2])("gives the same batches, each until the next is asked for, with %d workers", async (workers) => {
    const path = await packedSet(ROWS, LENGTH);
    const options = { batchSize: 4, shuffle: true, epochs: 9, block: 4, window: 3, prefetch: 3 };
    const expected = rowsOf(await batchesOf(path, options));
    using loader = await ShardLoader.open(path, { ...options, reuse: true, workers });
    const seen: number[] = [];
    const memories = new Set<ArrayBufferLike>();
    for await (const batch of loader) {
      seen.push(...rowsOf([batch]));
      memories.add(batch.input_ids.buffer);
    }
    expect(seen).toEqual(expected);
    // Five batches at a time, of two sizes and two tensors each, where there were 81 batches.
    if (workers === 0) expect(memories.size).toBeLessThanOrEqual(20);
  });

  test("leaves no trace of an earlier batch in the padding of a later one", async () => {
    const path = await flatSet([[4, 1, 4, 1, 2, 4]]);
    using loader = await ShardLoader.open(path, { batchSize: 2, reuse: true, prefetch: 1 });
    const seen: number[][] = [];
    for await (const batch of loader) seen.push([...batch.input_ids, ...batch.segment_ids!]);
    expect(seen).toEqual([
      [0, 1, 2, 3, 4, 0, 0, 0, 1, 1, 1, 1, 1, 0, 0, 0],
      [5, 6, 7, 8, 9, 0, 0, 0, 1, 1, 1, 1, 1, 0, 0, 0],
      [10, 11, 0, 0, 12, 13, 14, 15, 1, 1, 0, 0, 1, 1, 1, 1],
    ]);
  });

  test("reads only the tensors that were asked for", async () => {
    const path = await packedSet([4], LENGTH);
    const [batch] = await batchesOf(path, { tensors: ["input_ids"] });
    expect(batch!.segment_ids).toBeUndefined();
    expect(rowsOf([batch!])).toEqual([0, 1, 2, 3]);
  });
});

describe("a loader of flat shards", () => {
  const LENGTHS = [[3, 5], [0, 2, 4], [1]];

  test("reads windows over all tokens, the last one padded, with segments", async () => {
    const path = await flatSet(LENGTHS, { padId: 99 });
    const batches = await batchesOf(path, { read: "windows", seqLen: 4, batchSize: 3 });
    expect(batches.map(({ input_ids }) => [...input_ids])).toEqual([
      [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
      [12, 13, 14, 99],
    ]);
    expect(batches.map(({ segment_ids }) => [...segment_ids!])).toEqual([
      [1, 1, 1, 2, 1, 1, 1, 1, 1, 1, 2, 2],
      [1, 1, 2, 0],
    ]);
  });

  test("reads windows that repeat one token, so that no target is lost", async () => {
    const path = await flatSet(LENGTHS);
    const [batch] = await batchesOf(path, { read: "windows", seqLen: 8, overlap: 1 });
    expect([...batch!.input_ids]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 7, 8, 9, 10, 11, 12, 13, 14]);
  });

  test("reads documents, padded to the longest of the batch", async () => {
    const path = await flatSet(LENGTHS, { padId: 99 });
    const batches = await batchesOf(path, { batchSize: 3 });
    expect(batches.map(({ input_ids }) => [...input_ids])).toEqual([
      [0, 1, 2, 99, 99, 3, 4, 5, 6, 7, 99, 99, 99, 99, 99],
      [8, 9, 99, 99, 10, 11, 12, 13, 14, 99, 99, 99],
    ]);
    expect([...batches[1]!.segment_ids!]).toEqual([1, 1, 0, 0, 1, 1, 1, 1, 1, 0, 0, 0]);
  });

  test("fills batches up to a budget of tokens, shortest documents first within a pool", async () => {
    const path = await flatSet(LENGTHS);
    const batches = await batchesOf(path, { maxTokens: 8, pool: 6 });
    // Lengths 0 1 2 | 3 4 | 5: the next row would make 3 × 3, 3 × 5 cells.
    expect(batches.map(({ rows, length }) => [rows, length])).toEqual([
      [3, 2],
      [2, 4],
      [1, 5],
    ]);
    expect(batches.map(({ input_ids }) => [...input_ids])).toEqual([
      [0, 0, 14, 0, 8, 9],
      [0, 1, 2, 0, 10, 11, 12, 13],
      [3, 4, 5, 6, 7],
    ]);
  });

  test("batches by tokens alike on every world, and loses no document", async () => {
    const lengths = counting(4).map((shard) => counting(50).map((i) => (i * 7 + shard) % 23));
    const path = await flatSet(lengths);
    const options = { maxTokens: 100, pool: 64, shuffle: true, block: 8, window: 2 };
    const rowsWithTokens = (batches: Batch[]) =>
      batches.flatMap(({ rows, length, input_ids: ids, segment_ids: segments }) =>
        counting(rows).map((row) =>
          counting(length)
            .filter((c) => segments![row * length + c])
            .map((c) => ids[row * length + c]),
        ),
      );
    const alone = await batchesOf(path, options);
    for (const { globalRows, length } of alone) expect(globalRows * length).toBeLessThanOrEqual(100);
    const ranks = await Promise.all([0, 1, 2].map((rank) => batchesOf(path, { ...options, rank, world: 3 })));
    const together = alone.flatMap((_, step) => ranks.flatMap((rank) => rowsWithTokens([rank[step]!])));
    expect(together).toEqual(rowsWithTokens(alone));
    const total = lengths.flat().reduce((sum, length) => sum + length, 0);
    expect(together.flat().sort((a, b) => a! - b!)).toEqual(counting(total));
  });
});
