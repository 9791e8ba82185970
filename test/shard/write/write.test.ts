/** Goal: whatever is packed, every token of the input is in exactly one place of the shards, or counted as lost. */
import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { appendFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { UsageError } from "../../../src/core/errors.ts";
import { packingNames } from "../../../src/shard/config.ts";
import { openShard } from "../../../src/shard/open-shard.ts";
import type { PlanSettings } from "../../../src/shard/plan/plan.ts";
import { planShards } from "../../../src/shard/plan/plan-shards.ts";
import { checkShard } from "../../../src/shard/set/check-shard.ts";
import type { ShardIndex } from "../../../src/shard/shard-index.ts";
import { finishShards } from "../../../src/shard/write/finish.ts";
import { writeShard } from "../../../src/shard/write/write-shard.ts";
import {
  numberedDocuments,
  planSettings,
  type TestDocument,
  temporaryFolder,
  writeSet,
  writeTokenFiles,
} from "../../support/shards.ts";

const lengths = fc.array(
  fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 90 }), fc.constant(700)),
  { maxLength: 60 },
);
interface Given {
  lengths: number[];
  splits: number[];
  files: number[];
  masked: boolean;
}
const input: fc.Arbitrary<Given> = fc.record({
  lengths,
  splits: fc.array(fc.nat(2), { minLength: 1, maxLength: 60 }),
  files: fc.array(fc.nat(60), { maxLength: 3 }),
  masked: fc.boolean(),
});
const limits = fc.record({
  seqLen: fc.integer({ min: 2, max: 40 }),
  maxTokensPerShard: fc.integer({ min: 40, max: 600 }),
  maxShardSizeBytes: fc.constantFrom(5_500, 8_000, 1_000_000),
});

/** Tokens in order, by split, with 1 or 0 for what is trained on; rows without their padding. */
async function tokensOf(dir: string, index: ShardIndex) {
  const splits = new Map<string, { tokens: number[]; mask: number[] }>();
  for (const entry of index.shards) {
    const open = await openShard(join(dir, "shards", entry.path));
    expect(checkShard(open)).toEqual([]);
    const ids = Array.from((open.tensor("input_ids") ?? open.tensor("tokens"))!, Number);
    const segments = open.tensor("segment_ids");
    const lossMask = open.tensor("loss_mask");
    const own = splits.get(entry.split) ?? { tokens: [], mask: [] };
    splits.set(entry.split, own);
    for (const [cell, id] of ids.entries()) {
      if (segments && segments[cell] === 0) continue;
      own.tokens.push(id);
      own.mask.push(lossMask ? Number(lossMask[cell]) : 1);
    }
  }
  return splits;
}

/** Documents of running numbers in up to four files; with `masked` every third token is not trained on. */
function filesOf({ lengths, splits, files, masked }: Given): TestDocument[][] {
  const documents = numberedDocuments(
    lengths,
    60_000,
    lengths.map((_, i) => splits[i % splits.length]!),
  );
  if (masked) for (const one of documents) one.lossMask = one.ids.map((id) => (id % 3 === 0 ? 0 : 1));
  const cuts = [0, ...files.toSorted((a, b) => a - b), documents.length];
  return cuts.slice(1).map((cut, index) => documents.slice(cuts[index], cut));
}

const ways = [...packingNames.map((packing) => ({ pack: true, packing })), { pack: false, packing: "none" as const }];

describe.each(ways)("packing $packing, pack $pack", (way) => {
  test.each(["fragment", "truncate"] as const)(
    "loses no token uncounted; long documents: %s",
    async (longDocuments) => {
      await fc.assert(
        fc.asyncProperty(input, limits, async (given, limit) => {
          await using folder = await temporaryFolder();
          const settings = { ...way, ...limit, longDocuments, vocabSize: 60_000 };
          const files = filesOf(given);
          const { index } = await writeSet(folder.path, files, settings);
          const found = await tokensOf(folder.path, index);
          const documents = files.flat();
          for (const [number, split] of planSettings.splitNames.entries()) {
            const own = documents.filter((document) => document.split === number);
            const kept = own.flatMap(({ ids }) =>
              longDocuments === "truncate" && way.pack ? ids.slice(0, limit.seqLen) : ids,
            );
            const { tokens, mask } = found.get(split) ?? { tokens: [], mask: [] };
            // Tokens are numbered: sorting them says that none is missing and none is twice.
            expect(tokens.toSorted((a, b) => a - b)).toEqual(kept);
            if (given.masked) expect(mask).toEqual(tokens.map((token) => (token % 3 === 0 ? 0 : 1)));
            const all = own.reduce((sum, { ids }) => sum + ids.length, 0);
            const report = index.splits[split]!;
            expect([report.tokens, report.truncated_tokens, report.dropped_tokens]).toEqual([
              kept.length,
              all - kept.length,
              0,
            ]);
          }
        }),
        { numRuns: 40 },
      );
    },
  );

  test("keeps every shard within its limits", async () => {
    await fc.assert(
      fc.asyncProperty(input, limits, async (given, limit) => {
        await using folder = await temporaryFolder();
        const { index } = await writeSet(folder.path, filesOf(given), { ...way, ...limit, vocabSize: 70_000 });
        for (const { bytes, tokens } of index.shards) {
          expect(bytes).toBeLessThanOrEqual(limit.maxShardSizeBytes);
          expect(tokens).toBeLessThanOrEqual(limit.maxTokensPerShard);
        }
      }),
      { numRuns: 25 },
    );
  });
});

describe("rows that overlap", () => {
  test.each(packingNames)("lose no target of a document and count what they repeat: %s", async (packing) => {
    await fc.assert(
      fc.asyncProperty(input, limits, async (given, limit) => {
        await using folder = await temporaryFolder();
        const files = filesOf(given);
        const settings = { ...limit, packing, rowOverlap: true, vocabSize: 60_000 };
        const { index } = await writeSet(folder.path, files, settings);
        const found: number[] = [];
        const pairs = new Set<string>();
        for (const { path, bytes, tokens } of index.shards) {
          expect(bytes).toBeLessThanOrEqual(limit.maxShardSizeBytes);
          expect(tokens).toBeLessThanOrEqual(limit.maxTokensPerShard);
          const open = await openShard(join(folder.path, "shards", path));
          expect(checkShard(open)).toEqual([]);
          const width = open.shard.seq_len!;
          const ids = open.tensor("input_ids")!;
          const segments = open.tensor("segment_ids")!;
          for (let cell = 0; cell < ids.length; cell++) {
            if (segments[cell] === 0) continue;
            found.push(Number(ids[cell]));
            if (cell % width > 0 && segments[cell] === segments[cell - 1]) pairs.add(`${ids[cell - 1]} ${ids[cell]}`);
          }
        }
        const documents = files.flat();
        const kept = documents.flatMap(({ ids }) => ids);
        expect([...new Set(found)].toSorted((a, b) => a - b)).toEqual(kept);
        expect(index.report.repeated_tokens ?? 0).toBe(found.length - kept.length);
        const targets = documents.flatMap(({ ids }) => ids.slice(1).map((id, i) => `${ids[i]} ${id}`));
        expect(pairs).toEqual(new Set(targets));
      }),
      { numRuns: 40 },
    );
  });

  test("begin with the token before, but not where a document ends with its row", async () => {
    await using folder = await temporaryFolder();
    const documents = [{ ids: [1, 2, 3, 4, 5, 6] }, { ids: [7, 8, 9] }];
    const settings = { seqLen: 4, packing: "concat" as const, rowOverlap: true };
    const { index } = await writeSet(folder.path, [documents], settings);
    const open = await openShard(join(folder.path, "shards", index.shards[0]!.path));
    expect([...(open.tensor("input_ids") as Uint16Array)]).toEqual([1, 2, 3, 4, 4, 5, 6, 7, 7, 8, 9, 0]);
    expect([...(open.tensor("segment_ids") as Uint16Array)]).toEqual([1, 1, 1, 1, 1, 1, 1, 2, 1, 1, 1, 0]);
    expect(index.report).toMatchObject({ tokens: 11, repeated_tokens: 2, padding_tokens: 1 });
  });
});

describe("rows", () => {
  const segmentsOf = async (dir: string, index: ShardIndex) => {
    const open = await openShard(join(dir, "shards", index.shards[0]!.path));
    return [open.tensor("input_ids"), open.tensor("segment_ids")].map((tensor) => Array.from(tensor!, Number));
  };
  const documents = [{ ids: [1, 2, 3] }, { ids: [4, 5, 6, 7, 8] }, { ids: [9] }, { ids: [10, 11] }];
  const set = async (changed: Partial<PlanSettings>) => {
    await using folder = await temporaryFolder();
    const { index } = await writeSet(folder.path, [documents], { seqLen: 4, padId: 99, ...changed });
    return await segmentsOf(folder.path, index);
  };

  test("of concat are full but for the last, and a document goes on in the next row as its first", async () => {
    expect(await set({ packing: "concat" })).toEqual([
      [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 99],
      [1, 1, 1, 2, 1, 1, 1, 1, 1, 2, 2, 0],
    ]);
  });

  test("of best fit hold whole documents, or a row's worth of one", async () => {
    expect(await set({ packing: "best-fit" })).toEqual([
      [1, 2, 3, 8, 4, 5, 6, 7, 9, 10, 11, 99],
      [1, 1, 1, 2, 1, 1, 1, 1, 1, 2, 2, 0],
    ]);
  });

  test("of none hold one document, here cut to its first row", async () => {
    expect(await set({ packing: "none", longDocuments: "truncate" })).toEqual([
      [1, 2, 3, 99, 4, 5, 6, 7, 9, 99, 99, 99, 10, 11, 99, 99],
      [1, 1, 1, 0, 1, 1, 1, 1, 1, 0, 0, 0, 1, 1, 0, 0],
    ]);
  });

  test("of dynamic are as wide as their bucket, and each shard has one width", async () => {
    await using folder = await temporaryFolder();
    const documents = numberedDocuments([10, 40, 33, 200, 48], 1_000);
    const { index } = await writeSet(folder.path, [documents], { seqLen: 64, packing: "dynamic" });
    expect(index.shards.map(({ seq_len, samples, tokens }) => [seq_len, samples, tokens])).toEqual([
      [32, 2, 18],
      [48, 3, 121],
      [64, 3, 192],
    ]);
  });

  test.each([
    [65_536, "uint16", "U16"],
    [65_537, "uint32", "U32"],
  ] as const)("of a vocabulary of %d are %s", async (vocabSize, name, dtype) => {
    await using folder = await temporaryFolder();
    const { index } = await writeSet(folder.path, [[{ ids: [vocabSize - 1, 0] }]], { vocabSize });
    const open = await openShard(join(folder.path, "shards", index.shards[0]!.path));
    expect([index.dtype, open.contents.tensors[0]!.dtype]).toEqual([name, dtype]);
    expect(open.tensor("input_ids")![0]).toBe(vocabSize - 1);
  });
});

describe("a plan", () => {
  test("cuts a document that is longer than a shard, and says so in the shards", async () => {
    await using folder = await temporaryFolder();
    const documents = numberedDocuments([10, 250, 10], 1_000);
    const { index } = await writeSet(folder.path, [documents], { pack: false, maxTokensPerShard: 100 });
    expect(index.shards.map((s) => [s.tokens, s.samples, s.documents, s.begins_inside, s.ends_inside])).toEqual([
      [100, 2, 2, false, true],
      [100, 1, 0, true, true],
      [70, 2, 1, true, false],
    ]);
    expect(index.splits.train!.documents).toBe(3);
  });

  test("of nothing has an index without shards", async () => {
    await using folder = await temporaryFolder();
    const { index } = await writeSet(folder.path, [[], [{ ids: [] }]], {});
    expect([index.num_shards, index.total_tokens, index.report.efficiency]).toEqual([0, 0, 1]);
    expect(index.splits).toEqual({ train: index.splits.val!, val: index.splits.val!, test: index.splits.val! });
    expect(index.splits.val!.shards).toBe(0);
  });

  test("is plain JSON, from which shards are written in any order, and all at once", async () => {
    await using folder = await temporaryFolder();
    await using other = await temporaryFolder();
    await using third = await temporaryFolder();
    const documents = numberedDocuments(
      Array.from({ length: 80 }, (_, i) => (i * 37) % 90),
      1_000,
    );
    const { plan, index } = await writeSet(folder.path, [documents], { maxTokensPerShard: 300 });
    expect(plan.shards.length).toBeGreaterThan(5);
    const again = JSON.parse(JSON.stringify({ ...plan, outDir: other.path })) as typeof plan;
    const entries = [];
    for (let k = again.shards.length - 1; k >= 0; k--) entries.push(await writeShard(again, k));
    expect(await finishShards(again, entries)).toEqual(index);
    const atOnce = await Promise.all(again.shards.map((_, k) => writeShard({ ...again, outDir: third.path }, k)));
    await finishShards({ ...again, outDir: third.path }, atOnce);
    for (const { path } of [...index.shards, { path: "shard_index.json" }]) {
      const [a, b, c] = await Promise.all(
        [folder, other, third].map(({ path: dir }) => Bun.file(join(dir, "shards", path)).bytes()),
      );
      expect([b, c]).toEqual([a!, a!]);
    }
  });

  test.each([
    [{ seqLen: 2_000 }, "a row of 2000 tokens does not fit into a shard of 1000"],
    [{ maxShardSizeBytes: 4_096, seqLen: 999 }, "a shard of 4096 bytes has no room for a row of 999 tokens"],
    [{ vocabSize: 999 }, "was made with a vocabulary of 1000 tokens, the plan has 999"],
    [{ splitNames: ["train"] }, "has a document of split 1, but only 1 are named (train)"],
  ] as const)("is refused with %j", async (changed, message) => {
    await using folder = await temporaryFolder();
    const tokenFiles = await writeTokenFiles(folder.path, [[{ ids: [1], split: 1 }]], planSettings.vocabSize);
    const settings: PlanSettings = { ...planSettings, ...changed };
    const make = () => planShards({ tokenFiles, settings, outDir: folder.path });
    expect(make).toThrow(UsageError);
    expect(make).toThrow(message);
  });
});

describe("a shard that is there already", () => {
  const prepare = async (dir: string, fingerprint: string) => {
    const documents = numberedDocuments([5, 60, 7, 30], 1_000);
    return (await writeSet(dir, [documents], { maxTokensPerShard: 40, fingerprint })).plan;
  };
  const inode = async (path: string) => (await Bun.file(path).stat()).ino;

  test("is kept when it is this shard of this plan", async () => {
    await using folder = await temporaryFolder();
    const plan = await prepare(folder.path, "same");
    const path = join(folder.path, "shards/train/shard_0001.safetensors");
    const before = await inode(path);
    const first = await writeShard(plan, 1);
    expect(await inode(path)).toBe(before);
    expect(first).toEqual((({ id, ...rest }) => rest)((await finishShards(plan, await all(plan))).shards[1]!));
  });

  test("is written again when its plan had other settings, or a byte of it changed", async () => {
    await using folder = await temporaryFolder();
    const plan = await prepare(folder.path, "one");
    const path = join(folder.path, "shards/train/shard_0001.safetensors");
    const good = await Bun.file(path).bytes();
    const damaged = Uint8Array.from(good);
    damaged[damaged.length - 3]! ^= 1;
    await Bun.write(path, damaged);
    await writeShard(plan, 1);
    expect(await Bun.file(path).bytes()).toEqual(good);
    await writeShard({ ...plan, set: { ...plan.set, fingerprint: "two" } }, 1);
    expect(await Bun.file(path).bytes()).not.toEqual(good);
    await appendFile(path, "x");
    await writeShard(plan, 1);
    expect(await Bun.file(path).bytes()).toEqual(good);
  });

  test("of another plan stops the index from being written", async () => {
    await using folder = await temporaryFolder();
    const plan = await prepare(folder.path, "x");
    await Bun.write(join(folder.path, "shards/val/shard_0009.npz"), "x");
    await expect(finishShards(plan, await all(plan))).rejects.toThrow("a shard that this run did not write");
  });

  test("leaves no other files, even when a process was killed before", async () => {
    await using folder = await temporaryFolder();
    await Bun.write(join(folder.path, "shards/train/shard_0001.safetensors.123.partial"), "x");
    const plan = await prepare(folder.path, "x");
    const names = await readdir(join(folder.path, "shards/train"));
    expect(names.toSorted()).toEqual(plan.shards.map((_, k) => `shard_000${k}.safetensors`));
    expect(existsSync(join(folder.path, "shards/shard_index.json"))).toBe(true);
  });

  const all = async (plan: Awaited<ReturnType<typeof prepare>>) => {
    const entries = [];
    for (let k = 0; k < plan.shards.length; k++) entries.push(await writeShard(plan, k));
    return entries;
  };
});
