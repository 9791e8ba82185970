/** Goal: buffers and streams do what mlx-data has no words for: functions, twins, reading ahead, and clear refusals. */
import { describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  bufferFromVector,
  type Buffer as DataBuffer,
  filesFromTar,
  numberOf,
  type Stream,
  streamCsvReaderFromString,
  streamIterable,
  textOf,
} from "../../../src/shard/data/index.ts";

const numbers = (count: number) => bufferFromVector(Array.from({ length: count }, (_, i) => ({ i })));

async function values(dataset: DataBuffer | Stream): Promise<number[]> {
  const found: number[] = [];
  for await (const sample of dataset) found.push(...sample.i!.data);
  return found;
}

describe("a value", () => {
  test("becomes an array by its kind", async () => {
    const [sample] = [
      await bufferFromVector([
        {
          n: 3,
          half: 0.5,
          big: 2 ** 40,
          text: "é",
          grid: [
            [1, 2],
            [3, 4],
          ],
          yes: true,
        },
      ]).get(0),
    ];
    expect(sample!.n).toEqual({ shape: [], data: Int32Array.of(3) });
    expect(sample!.half!.data).toEqual(Float64Array.of(0.5));
    expect(sample!.big!.data).toEqual(Float64Array.of(2 ** 40));
    expect(sample!.text!.data).toEqual(Uint8Array.of(0xc3, 0xa9));
    expect(textOf(sample!.text!)).toBe("é");
    expect(sample!.grid).toEqual({ shape: [2, 2], data: Int32Array.of(1, 2, 3, 4) });
    expect(numberOf(sample!.yes!)).toBe(1);
  });

  test("of rows with different lengths, or of text in a list, is refused", () => {
    expect(() => bufferFromVector([{ x: [[1], [2, 3]] }])).toThrow("different lengths");
    expect(() => bufferFromVector([{ x: ["a"] }])).toThrow("an element that is none");
    expect(() => bufferFromVector([{ x: { shape: [3], data: new Int8Array(2) } }])).toThrow("shape [3] has 2 elements");
  });
});

describe("a chain", () => {
  test("calls functions of the user, which may be asynchronous", async () => {
    const doubled = numbers(3).keyTransform("i", async ({ data }) => data.map((n) => n * 2) as Int32Array);
    expect(await values(doubled)).toEqual([0, 2, 4]);
    const renamed = numbers(3).sampleTransform(({ i }) => ({ i: i!, j: numberOf(i!) + 1 }));
    expect(numberOf((await renamed.get(2)).j!)).toBe(3);
    const even = numbers(6)
      .toStream()
      .sampleTransform((sample) => (numberOf(sample.i!) % 2 === 0 ? sample : {}));
    expect(await values(even)).toEqual([0, 2, 4]);
  });

  test("is the same with a twin under a true condition, and nothing under a false one", async () => {
    expect(await values(numbers(6).partitionIf(true, 2, 1))).toEqual([1, 3, 5]);
    expect(await values(numbers(4).partitionIf(false, 2, 1))).toEqual([0, 1, 2, 3]);
    expect(await values(numbers(4).toStream().repeatIf(true, 1))).toEqual([0, 1, 2, 3, 0, 1, 2, 3]);
    const same = numbers(2).toStream();
    expect(same.shuffleIf(false, 10)).toBe(same);
  });

  test("appends, counts from the end, and makes everything at once when asked", async () => {
    const all = numbers(2).append(numbers(3));
    expect(all.size).toBe(5);
    expect(await values(all)).toEqual([0, 1, 0, 1, 2]);
    expect(numberOf((await all.get(-1)).i!)).toBe(2);
    await expect(all.get(5)).rejects.toThrow("sample 5 of a buffer of 5");
    let calls = 0;
    const counted = numbers(3).keyTransform("i", (array) => {
      calls++;
      return array;
    });
    await counted.get(0);
    await counted.get(0);
    expect(calls).toBe(2);
    const kept = await counted.concretize();
    await kept.get(0);
    expect(calls).toBe(5);
  });

  test("batches a buffer by size, by the sizes of another buffer, or by its own", async () => {
    const arrays = bufferFromVector([3, 1, 2, 1].map((n, i) => ({ x: Array(n).fill(i), i })));
    const sizes = bufferFromVector([3, 1, 2, 1].map((n) => ({ x: [n] })));
    for (const batches of [
      await arrays.dynamicBatch("x", { maxDataSize: 4 }),
      await arrays.dynamicBatch("x", { maxDataSize: 4, sizeBuffer: sizes }),
    ]) {
      expect(batches.size).toBe(3);
      expect([...(await batches.get(0)).i!.data]).toEqual([1, 3]);
      expect((await batches.get(2)).x!.shape).toEqual([1, 3]);
    }
    const small = await arrays.dynamicBatch("x", { maxDataSize: 2, dropOutliers: true });
    expect(await values(small)).toEqual([1, 3, 2]);
  });

  test("for ever repeats for ever, and an empty stream stays empty", async () => {
    const stream = numbers(2).toStream().repeat(0);
    const found: number[] = [];
    for await (const { i } of stream) if (found.push(numberOf(i!)) === 7) break;
    expect(found).toEqual([0, 1, 0, 1, 0, 1, 0]);
    expect(await values(numbers(0).toStream().repeat(0))).toEqual([]);
  });
});

describe("reading ahead", () => {
  test("keeps the order, whichever sample is ready first, and the number of samples in work", async () => {
    let running = 0;
    let most = 0;
    const slow = numbers(20).keyTransform("i", async (array) => {
      most = Math.max(most, ++running);
      await Bun.sleep(numberOf(array) % 3);
      running--;
      return array;
    });
    expect(await values(slow.orderedPrefetch(8, 3))).toEqual(Array.from({ length: 20 }, (_, i) => i));
    expect(most).toBe(3);
  });

  test("never goes further than it may", async () => {
    let made = 0;
    const stream = streamIterable(function* () {
      for (let i = 0; i < 100; i++) {
        made++;
        yield { i };
      }
    }).prefetch(4);
    await stream.next();
    await Bun.sleep(5);
    expect(made).toBe(5);
  });

  test("gives the samples before an error, then the error", async () => {
    const failing = numbers(5).keyTransform("i", (array) => {
      if (numberOf(array) === 3) throw new Error("the fourth is broken");
      return array;
    });
    for (const stream of [failing.orderedPrefetch(4, 4), failing.toStream().prefetch(4)]) {
      const found: number[] = [];
      const run = (async () => {
        for await (const { i } of stream) found.push(numberOf(i!));
      })();
      await expect(run).rejects.toThrow("the fourth is broken");
      expect(found).toEqual([0, 1, 2]);
    }
  });
});

describe("a refusal", () => {
  test.each<[string, () => unknown, string]>([
    ["a key that is not there", () => numbers(1).pad("x", 0, 0, 1, 0).get(0), 'a sample has no key "x"'],
    ["a dimension that is not there", () => numbers(1).pad("i", 0, 0, 1, 0).get(0), "dimension 0 of an array with 0"],
    [
      "a filter on a buffer",
      () =>
        bufferFromVector([{ x: [1] }])
          .filterByShape("x", 0, { low: 2 })
          .get(0),
      "a buffer cannot leave out samples",
    ],
    [
      "shards that do not divide",
      () =>
        bufferFromVector([{ x: [1, 2, 3] }])
          .shard("x", 2)
          .get(0),
      '3 rows of "x" cannot be 2 equal shards',
    ],
    [
      "a dimension that is not single",
      () =>
        bufferFromVector([{ x: [1, 2] }])
          .squeeze("x", { dim: 0 })
          .get(0),
      "has 2 elements, not 1",
    ],
    ["a place that is not there", () => numbers(2).perm([2]), "perm has the index 2; the buffer has 2 samples"],
    ["a partition that is not there", () => numbers(2).partition(2, 2), "partition 2 of 2"],
    [
      "an unequal number of dimensions",
      () =>
        bufferFromVector([{ x: 1 }, { x: [1] }])
          .batch(2)
          .get(0),
      "different numbers of dimensions",
    ],
    ["an empty text to replace", () => bufferFromVector([{ t: "a" }]).replace("t", "", "b"), "an empty text"],
    [
      "a file that is not there",
      () =>
        bufferFromVector([{ f: "no such file" }])
          .loadFile("f")
          .get(0),
      "the file cannot be read",
    ],
    [
      "a table with a lost quote",
      () => streamCsvReaderFromString('a\n"b\n').next(),
      "begins a quoted field that does not end",
    ],
  ])("names %s", async (_, action, message) => {
    await expect((async () => action())()).rejects.toThrow(message);
  });

  test("names the line of a table that has too few fields, after the rows before it", async () => {
    const stream = streamCsvReaderFromString("a,b\n1,2\n3\n");
    expect(textOf((await stream.next())!.b!)).toBe("2");
    await expect(stream.next()).rejects.toThrow("line 3 has 1 fields, the first line has 2");
  });

  test("keeps an empty last field, which mlx-data loses", async () => {
    const stream = streamCsvReaderFromString("a,b\n1,\n");
    expect(textOf((await stream.next())!.b!)).toBe("");
  });

  test("names an archive that is cut, and one that is none", () => {
    const folder = mkdtempSync(join(tmpdir(), "mdp-tar-"));
    const path = join(folder, "x.tar");
    writeFileSync(path, Buffer.alloc(2_000, 7));
    expect(() => filesFromTar(path)).toThrow("the tar archive cannot be read");
    expect(() => filesFromTar(join(folder, "none.tar"))).toThrow("ENOENT");
    rmSync(folder, { recursive: true });
  });
});

describe("a tar archive", () => {
  test("is read with long names, as GNU tar and as POSIX tar write them", async () => {
    const folder = mkdtempSync(join(tmpdir(), "mdp-tar-"));
    const long = `${"d".repeat(90)}/${"e".repeat(90)}/${"f".repeat(90)}.txt`;
    mkdirSync(join(folder, long, ".."), { recursive: true });
    writeFileSync(join(folder, long), "deep");
    for (const format of ["gnu", "posix"]) {
      const path = join(folder, `${format}.tar`);
      const made = Bun.spawnSync(["tar", `--format=${format === "gnu" ? "gnutar" : "pax"}`, "-cf", path, long], {
        cwd: folder,
      });
      const other = Bun.spawnSync(["tar", `--format=${format}`, "-cf", path, long], { cwd: folder });
      // GNU's tar and that of macOS name the formats differently.
      expect([made.exitCode, other.exitCode]).toContain(0);
      const files = filesFromTar(path).readFromTar(path, "file", "data");
      const sample = await files.get(0);
      expect(textOf(sample.file!)).toBe(long);
      expect(textOf(sample.data!)).toBe("deep");
    }
    rmSync(folder, { recursive: true });
  });
});
