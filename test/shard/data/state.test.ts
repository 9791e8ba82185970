/** Goal: any stream goes on from its state, in a new pipeline, exactly where it stood; seeds make choices repeatable. */
import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  bufferFromVector,
  CharTrie,
  type Json,
  type Sample,
  type Stream,
  streamIterable,
  streamLineReader,
} from "../../../src/shard/data/index.ts";

const numbers = (count: number) =>
  bufferFromVector(
    Array.from({ length: count }, (_, i) => ({ i, x: Array.from({ length: 1 + ((i * 5) % 7) }, () => i) })),
  );

const plain = (sample: Sample) =>
  Object.fromEntries(Object.entries(sample).map(([key, { shape, data }]) => [key, [shape.join(), ...data]]));

async function rest(stream: Stream): Promise<unknown[]> {
  const samples: unknown[] = [];
  for await (const sample of stream) samples.push(plain(sample));
  return samples;
}

const folder = mkdtempSync(join(tmpdir(), "mdp-data-state-"));
const file = join(folder, "lines.txt");
afterAll(() => rmSync(folder, { recursive: true }));
writeFileSync(file, Array.from({ length: 12 }, (_, i) => `line ${i}`).join("\n"));

const packed = join(folder, "lines.txt.gz");
writeFileSync(packed, Bun.gzipSync(await Bun.file(file).bytes()));

const trie = new CharTrie();
for (const token of ["l", "i", "n", "e", " ", "li", "ne", "line", "0", "1", "2", "3", "4", "5", "6", "7", "8", "9"])
  trie.insert(token);

const pipelines: [string, () => Stream][] = [
  ["a buffer", () => numbers(7).toStream()],
  ["a shuffled buffer", () => numbers(9).shuffle({ seed: 3 }).toStream()],
  ["an ordered prefetch", () => numbers(9).orderedPrefetch(3, 2)],
  ["an iterable", () => streamIterable(() => Array.from({ length: 6 }, (_, i) => ({ i })))],
  [
    "a generator",
    () =>
      streamIterable(async function* () {
        for (let i = 0; i < 6; i++) yield { i };
      }),
  ],
  ["lines of a file", () => streamLineReader(file, "line")],
  ["lines of a packed file", () => streamLineReader(packed, "line", { unzip: true })],
  ["a transform that drops", () => numbers(11).toStream().filterByShape("x", 0, { low: 3 })],
  ["random slices", () => numbers(11).toStream().randomSlice("x", 0, 2, { seed: 4 })],
  ["random tokens", () => streamLineReader(file, "line").tokenize("line", trie, { mode: "rand", seed: 1 })],
  ["a batch", () => numbers(8).toStream().batch(2)],
  ["a partition", () => numbers(11).toStream().partition(3, 1)],
  ["a repetition", () => numbers(4).toStream().repeat(2)],
  ["a prefetch", () => numbers(8).toStream().prefetch(3)],
  ["a shuffle", () => numbers(12).toStream().shuffle(4, { seed: 5 })],
  ["a repeated shuffle", () => numbers(6).toStream().shuffle(4, { seed: 5 }).repeat(2)],
  ["a window", () => numbers(5).toStream().slidingWindow("x", 2, 1, { indexKey: "w" })],
  [
    "a buffered stream",
    () =>
      numbers(9)
        .toStream()
        .buffered(4, (buffer) => buffer.shuffle({ seed: 2 })),
  ],
  ["dynamic batches", () => numbers(14).toStream().dynamicBatch(5, "x", { maxDataSize: 10, shuffle: true, seed: 6 })],
  [
    "lines of several files",
    () =>
      bufferFromVector([{ f: file }, { f: file }])
        .toStream()
        .lineReaderFromKey("f", "line"),
  ],
  [
    "all of it",
    () =>
      numbers(30)
        .shuffle({ seed: 1 })
        .toStream()
        .shuffle(5, { seed: 2 })
        .slidingWindow("x", 3, 2)
        .randomSlice("x", 0, 2)
        .partition(2, 1)
        .repeat(1)
        .dynamicBatch(6, "x", { maxDataSize: 8 })
        .prefetch(2),
  ],
];

describe("a state", () => {
  test.each(pipelines)("of %s goes on at every sample", async (_, make) => {
    const whole = await rest(make());
    expect(whole.length).toBeGreaterThan(3);
    for (let stop = 0; stop <= whole.length; stop++) {
      const stream = make();
      for (let i = 0; i < stop; i++) await stream.next();
      const state = JSON.parse(JSON.stringify(stream.state())) as Json;
      const other = make();
      // A pipeline that was used before forgets what it had.
      await other.next();
      other.restore(state);
      expect(await rest(other)).toEqual(whole.slice(stop));
      // Reading on is not disturbed by having asked.
      expect(await rest(stream)).toEqual(whole.slice(stop));
    }
  });

  test.each(pipelines)("of %s can be taken right after it was restored", async (_, make) => {
    const whole = await rest(make());
    const stream = make();
    await stream.next();
    await stream.next();
    const state = stream.state();
    const other = make();
    other.restore(state);
    const again = make();
    again.restore(other.state());
    expect(await rest(again)).toEqual(whole.slice(2));
  });

  test("of another pipeline is refused", () => {
    const state = numbers(5).toStream().batch(2).state();
    expect(() => numbers(5).toStream().partition(2, 0).restore(state)).toThrow('it has no "partition"');
    expect(() => numbers(5).toStream().restore({ buffer: "two" })).toThrow('the state of "buffer" is "two"');
    expect(() => numbers(5).restore(numbers(6).state())).toThrow("a buffer of 6 samples; this one has 5");
  });
});

describe("a reset", () => {
  const repeatable = pipelines.filter(([name]) => !/random|shuffle$|dynamic|all of it/.test(name));
  test.each(repeatable)("of %s begins again", async (_, make) => {
    const stream = make();
    const first = await rest(stream);
    stream.reset();
    expect(await rest(stream)).toEqual(first);
    stream.reset();
    await stream.next();
    stream.reset();
    expect(await rest(stream)).toEqual(first);
  });

  test("of a shuffle gives another order, the same in every run", async () => {
    const make = () => numbers(20).toStream().shuffle(8, { seed: 1 });
    const stream = make();
    const first = await rest(stream);
    stream.reset();
    const second = await rest(stream);
    expect(second).not.toEqual(first);
    const keys = (rows: unknown[]) => new Set(rows.map((row) => JSON.stringify(row)));
    expect(keys(second)).toEqual(keys(first));
    const other = make();
    await rest(other);
    other.reset();
    expect(await rest(other)).toEqual(second);
  });
});

describe("a seed", () => {
  test("decides a shuffle, and no other seed gives the same", async () => {
    const order = async (seed: number) => rest(numbers(20).shuffle({ seed }).toStream());
    expect(await order(1)).toEqual(await order(1));
    expect(await order(1)).not.toEqual(await order(2));
    expect(await order(1)).not.toEqual(await rest(numbers(20).toStream()));
    const drawn = async (seed: number) => rest(numbers(20).toStream().shuffle(5, { seed }));
    expect(await drawn(1)).toEqual(await drawn(1));
    expect(await drawn(1)).not.toEqual(await drawn(2));
  });

  test("decides random slices, which lie anywhere in the array", async () => {
    const starts = async (seed: number) => {
      const rows = bufferFromVector(Array.from({ length: 200 }, () => ({ x: [0, 1, 2, 3, 4] }))).randomSlice(
        "x",
        0,
        2,
        { seed },
      );
      return (await Promise.all(Array.from({ length: 200 }, (_, i) => rows.get(i)))).map(({ x }) => x!.data[0]!);
    };
    const found = await starts(1);
    expect(new Set(found)).toEqual(new Set([0, 1, 2, 3]));
    for (const start of [0, 1, 2, 3]) expect(found.filter((one) => one === start).length).toBeGreaterThan(25);
    expect(await starts(1)).toEqual(found);
    expect(await starts(2)).not.toEqual(found);
  });

  test("decides random tokens, which always spell the text", async () => {
    const rows = bufferFromVector(Array.from({ length: 50 }, () => ({ t: "line line" }))).tokenize("t", trie, {
      mode: "rand",
      seed: 3,
    });
    const spellings = new Set<string>();
    for await (const { t } of rows) {
      const parts = [...t!.data].map((id) => Buffer.from(trie.keyBytes(id)!).toString());
      expect(parts.join("")).toBe("line line");
      spellings.add(parts.join("|"));
    }
    // 5 ways to spell "line", so 25 in all.
    expect(spellings.size).toBeGreaterThan(8);
  });
});
