/** Goal: what `mdp shard` writes is what the loader reads, token by token, in every layout, format and compression. */
import { describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Batch, type LoaderOptions, ShardLoader } from "../../../src/shard/loader.ts";
import type { PlanSettings } from "../../../src/shard/plan/plan.ts";
import { numberedDocuments, type TestDocument, writeSet } from "../../support/shards.ts";

const LENGTHS = [3, 16, 1, 40, 7, 7, 25, 2, 90, 5, 11, 16, 8, 1, 30];
const TOTAL = LENGTHS.reduce((sum, length) => sum + length, 0);

async function read(
  documents: TestDocument[],
  settings: Partial<PlanSettings>,
  options: LoaderOptions = {},
): Promise<Batch[]> {
  const dir = mkdtempSync(join(tmpdir(), "mdp-written-"));
  try {
    await writeSet(dir, [documents.slice(0, 7), documents.slice(7)], { maxTokensPerShard: 64, ...settings });
    using loader = await ShardLoader.open(dir, { batchSize: 4, copy: true, ...options });
    const batches: Batch[] = [];
    for await (const batch of loader) batches.push(batch);
    return batches;
  } finally {
    rmSync(dir, { recursive: true });
  }
}

/** The tokens of each segment of each row. */
function segmentsOf(batches: readonly Batch[]): number[][] {
  const segments: number[][] = [];
  for (const { rows, length, input_ids: ids, segment_ids: numbers } of batches) {
    for (let row = 0; row < rows; row++) {
      const own: number[][] = [];
      for (let at = row * length; at < (row + 1) * length; at++) {
        const number = numbers![at]!;
        if (number === 0) continue;
        own[number - 1] ??= [];
        own[number - 1]!.push(ids[at]!);
      }
      segments.push(...own);
    }
  }
  return segments;
}

const documents = numberedDocuments(LENGTHS, 1_000);
const everyToken = documents.flatMap(({ ids }) => ids);
const byFirstToken = (segments: number[][]) =>
  segments.filter(({ length }) => length > 0).sort((a, b) => a[0]! - b[0]!);

describe("the loader reads what was written:", () => {
  const ways: [string, Partial<PlanSettings>][] = [
    ["best-fit safetensors", {}],
    ["concat npy", { packing: "concat", shardFormat: "npy" }],
    ["none Arrow", { packing: "none", shardFormat: "arrow" }],
    ["dynamic safetensors", { packing: "dynamic" }],
    ["best-fit zstd", { compression: "zstd" }],
    ["concat lz4", { packing: "concat", compression: "lz4" }],
    ["dynamic gzip", { packing: "dynamic", compression: "gzip" }],
    ["32-bit tokens", { vocabSize: 70_000 }],
  ];
  test.each(ways)("packed, %s", async (_, settings) => {
    for (const shuffle of [false, true]) {
      const segments = segmentsOf(await read(documents, settings, { shuffle }));
      // Documents may be cut into parts; put in order by their running numbers they are all there.
      expect(byFirstToken(segments).flat()).toEqual(everyToken);
    }
  });

  test.each<[string, Partial<PlanSettings>]>([
    ["safetensors", {}],
    ["npy", { shardFormat: "npy" }],
    ["Arrow", { shardFormat: "arrow" }],
    ["zstd", { compression: "zstd" }],
  ])("flat, %s, as documents and as windows", async (_, settings) => {
    const flat = { ...settings, pack: false };
    expect(segmentsOf(await read(documents, flat)).flat()).toEqual(everyToken);
    const windows = await read(documents, flat, { read: "windows", seqLen: 10 });
    expect(segmentsOf(windows).flat()).toEqual(everyToken);
    const rows = windows.reduce((sum, batch) => sum + batch.rows, 0);
    expect(rows).toBe(Math.ceil(TOTAL / 10));
  });

  test("flat, a document over several shards is one segment of a window", async () => {
    const windows = await read(documents, { pack: false, maxTokensPerShard: 20 }, { read: "windows", seqLen: 400 });
    expect(segmentsOf(windows)).toEqual(documents.map(({ ids }) => ids));
  });

  test("the loss mask of those rows that have one", async () => {
    const masked = documents.map((document, i) =>
      i === 3 ? { ...document, lossMask: document.ids.map((id) => id % 2) } : document,
    );
    for (const settings of [{}, { pack: false }]) {
      const batches = await read(masked, settings, { batchSize: 1 });
      let seen = 0;
      for (const { input_ids: ids, segment_ids: segments, loss_mask: mask } of batches) {
        for (const [at, id] of ids.entries()) {
          if (segments![at] === 0) continue;
          const expected = documents[3]!.ids.includes(id) ? id % 2 : 1;
          expect(mask?.[at] ?? 1).toBe(expected);
          seen++;
        }
      }
      expect(seen).toBe(TOTAL);
      expect(batches.some(({ loss_mask: mask }) => mask === undefined)).toBe(true);
    }
  });
});
