/** Goal: a loader that was stopped anywhere goes on exactly where it was, on other machines, too. */
import { describe, expect, test } from "bun:test";
import {
  type Batch,
  type LoaderOptions,
  type LoaderSource,
  type LoaderState,
  ShardLoader,
} from "../../../src/shard/loader.ts";
import { flatSet, packedSet } from "./shards.ts";

const LENGTH = 4;

async function batchesOf(source: string | LoaderSource[], options: LoaderOptions): Promise<Batch[]> {
  using loader = await ShardLoader.open(source, options);
  const batches: Batch[] = [];
  for await (const batch of loader) batches.push(batch);
  return batches;
}

const contents = (batches: readonly Batch[]) =>
  batches.map(({ rows, length, input_ids: ids }) => [rows, length, ...ids]);

/** Each batch's rows one by one, over all batches. */
const rowsOf = (batches: readonly Batch[]) =>
  batches.flatMap(({ rows, length, input_ids: ids }) =>
    Array.from({ length: rows }, (_, row) => [...ids.subarray(row * length, (row + 1) * length)].join()),
  );

const throughJson = (state: LoaderState): LoaderState => JSON.parse(JSON.stringify(state)) as LoaderState;

describe("a loader that is resumed", () => {
  test("after any batch yields what the uninterrupted one does", async () => {
    const path = await packedSet([7, 5, 11, 1, 9], LENGTH);
    for (const dropLast of [false, true]) {
      const options = { batchSize: 4, shuffle: true, epochs: 3, block: 4, window: 3, seed: 5, dropLast };
      const whole = await batchesOf(path, options);
      for (let stop = 0; stop < whole.length; stop++) {
        const state = throughJson(whole[stop]!.state);
        expect(contents(await batchesOf(path, { ...options, state }))).toEqual(contents(whole.slice(stop + 1)));
      }
    }
  });

  test("at any sample, whatever the batch size, yields the same samples in the same order", async () => {
    const path = await packedSet([7, 5, 11], LENGTH);
    const options = { shuffle: true, epochs: 2, block: 4, window: 3, seed: 5 };
    const whole = await batchesOf(path, { ...options, batchSize: 1 });
    for (let sample = 0; sample < whole.length; sample++) {
      const rest = await batchesOf(path, { ...options, batchSize: 1 + (sample % 7), state: whole[sample]!.state });
      expect(rowsOf(rest)).toEqual(rowsOf(whole.slice(sample + 1)));
    }
  });

  test("on another number of ranks and workers goes on with the same global order", async () => {
    const path = await packedSet([7, 5, 11, 1, 9], LENGTH);
    const options = { batchSize: 6, shuffle: true, epochs: 2, block: 4, window: 3 };
    const whole = await batchesOf(path, options);
    const stop = await batchesOf(path, { ...options, rank: 1, world: 2 });
    const { state } = stop[2]!;
    for (const world of [1, 3, 5]) {
      const ranks = await Promise.all(
        Array.from({ length: world }, (_, rank) =>
          batchesOf(path, { ...options, rank, world, state, workers: rank % 2 }),
        ),
      );
      const together = ranks[0]!.flatMap((_, step) => ranks.flatMap((rank) => rowsOf([rank[step]!])));
      expect(together).toEqual(rowsOf(whole.slice(3)));
    }
  });

  test("within a pool of documents batched by tokens goes on with its next batch", async () => {
    const path = await flatSet([
      [3, 1, 4, 1, 5],
      [9, 2, 6, 5],
      [3, 5, 8, 9],
    ]);
    const options = { maxTokens: 16, pool: 6, shuffle: true, epochs: 2, block: 2, window: 2 };
    const whole = await batchesOf(path, options);
    expect(whole.length).toBeGreaterThan(8);
    for (let stop = 0; stop < whole.length; stop++) {
      const { state } = whole[stop]!;
      expect(contents(await batchesOf(path, { ...options, state }))).toEqual(contents(whole.slice(stop + 1)));
    }
  });

  test("by the state of the loader, not only of a batch, and by restore", async () => {
    const path = await packedSet([20], LENGTH);
    using loader = await ShardLoader.open(path, { batchSize: 4, shuffle: true, prefetch: 5 });
    const taken: Batch[] = [];
    for await (const batch of loader) {
      taken.push(batch);
      if (taken.length === 2) break;
    }
    // What was made ahead was not taken, and so it does not count.
    expect(loader.state()).toMatchObject({ epoch: 0, next: 8 });
    const whole = await batchesOf(path, { batchSize: 4, shuffle: true });
    const rest: Batch[] = [];
    for await (const batch of loader) rest.push(batch);
    expect(contents(rest)).toEqual(contents(whole.slice(2)));
    loader.restore(taken[0]!.state);
    const again: Batch[] = [];
    for await (const batch of loader) again.push(batch);
    expect(contents(again)).toEqual(contents(whole.slice(1)));
  });

  test("has a state of about 100 bytes, whatever the size of the set", async () => {
    const path = await packedSet([200, 200], LENGTH);
    using loader = await ShardLoader.open(path, { batchSize: 4, shuffle: true, seed: 123_456 });
    for await (const _ of loader) break;
    expect(JSON.stringify(loader.state()).length).toBeLessThan(110);
  });

  test("is refused with other data, another split into shards or another order, naming both fingerprints", async () => {
    const path = await packedSet([7, 5], LENGTH);
    const options = { batchSize: 4, shuffle: true };
    const [batch] = await batchesOf(path, options);
    const { state } = batch!;
    const others: [string, LoaderOptions][] = [
      [await packedSet([7, 6], LENGTH), {}],
      [await packedSet([12], LENGTH), {}],
      [path, { shuffle: false }],
      [path, { block: 3 }],
    ];
    for (const [other, change] of others) {
      const run = batchesOf(other, { ...options, ...change, state });
      await expect(run).rejects.toThrow(`the state has the fingerprint ${state.fingerprint}`);
    }
    await expect(batchesOf(path, { ...options, seed: 9, state })).rejects.toThrow("the state has the seed 0, not 9");
    await expect(batchesOf(path, { ...options, state: { epoch: 1 } as never })).rejects.toThrow("no state of a loader");
  });

  test("is not refused for another batch size, world, number of workers, or number of epochs", async () => {
    const path = await packedSet([7, 5], LENGTH);
    const [batch] = await batchesOf(path, { batchSize: 4, shuffle: true });
    const { state } = batch!;
    const rest = await batchesOf(path, {
      batchSize: 8,
      shuffle: true,
      epochs: 2,
      world: 2,
      workers: 1,
      prefetch: 1,
      state,
    });
    expect(rest.length).toBe(1 + 2);
  });
});

describe("a mixture of sets", () => {
  test("takes from each by its weight, in the set's own order, and lets a small set begin again", async () => {
    const large = await packedSet([30], LENGTH, { split: "train" });
    const small = await packedSet([5], LENGTH, { split: "train" });
    const sources = [
      { path: large, weight: 2 },
      { path: small, weight: 1 },
    ];
    const batches = await batchesOf(sources, { batchSize: 3, samplesPerEpoch: 30 });
    const first = batches.map(({ input_ids: ids }) => [0, 1, 2].map((row) => ids[row * LENGTH]! / 100));
    // Two of the large set to one of the small one, whose sixth sample is its first again.
    expect(first.slice(0, 6)).toEqual([
      [0, 0, 1],
      [2, 1, 3],
      [4, 2, 5],
      [6, 3, 7],
      [8, 4, 9],
      [10, 0, 11],
    ]);
  });

  test("shuffles each set by itself, goes on over epochs, and resumes anywhere", async () => {
    const sources = [
      { path: await packedSet([9, 8], LENGTH), weight: 0.7 },
      { path: await packedSet([5, 2], LENGTH), weight: 0.2 },
      { path: await packedSet([11], LENGTH), weight: 0.1 },
    ];
    const options = { batchSize: 5, shuffle: true, epochs: 3, block: 3, window: 2 };
    const whole = await batchesOf(sources, options);
    expect(whole.length).toBe(3 * 7);
    for (let stop = 0; stop < whole.length; stop += 2) {
      const { state } = whole[stop]!;
      expect(rowsOf(await batchesOf(sources, { ...options, state }))).toEqual(rowsOf(whole.slice(stop + 1)));
    }
    const inOrder = await batchesOf(sources, { ...options, shuffle: false });
    expect(rowsOf(inOrder)).not.toEqual(rowsOf(whole));
  });

  test("of two tokenizers is refused", async () => {
    const sources = [
      { path: await packedSet([3], LENGTH) },
      { path: await packedSet([3], LENGTH, { tokenizer: "other" }) },
    ];
    await expect(batchesOf(sources, {})).rejects.toThrow("its tokens are of the tokenizer other, those of");
  });
});
