/** Goal: what is missing, cut or changed is named, with the next step; nothing wrong is taken for right. */
import { describe, expect, test } from "bun:test";
import { chmodSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { MdpError } from "../../../src/core/errors.ts";
import { type LoaderOptions, ShardLoader } from "../../../src/shard/loader.ts";
import { packedSet } from "./shards.ts";

const SHARD = "train/shard_0001.safetensors";

async function readAll(path: string, options: LoaderOptions = {}): Promise<number> {
  using loader = await ShardLoader.open(path, options);
  let rows = 0;
  for await (const batch of loader) rows += batch.rows;
  return rows;
}

async function errorOf(run: Promise<unknown>): Promise<MdpError> {
  const error = await run.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(MdpError);
  return error as MdpError;
}

describe("a loader", () => {
  test("names a missing index and how to rebuild it", async () => {
    const path = await packedSet([3, 3], 4);
    rmSync(join(path, "shard_index.json"));
    const error = await errorOf(readAll(path));
    expect(error.code).toBe("shard-index-missing");
    expect(error.where).toContain(path);
    expect(error.hint).toContain("mdp shard reindex");
  });

  test("names a shard that is missing", async () => {
    const path = await packedSet([3, 3], 4);
    rmSync(join(path, SHARD));
    const error = await errorOf(readAll(path));
    expect(error).toMatchObject({ code: "shard-missing", where: join(path, SHARD) });
    expect(error.hint).toContain("mdp shard reindex");
  });

  test.each([0, 1, 2])("names a shard that was cut, with %d workers", async (workers) => {
    const path = await packedSet([3, 3], 4);
    truncateSync(join(path, SHARD), 100);
    const error = await errorOf(readAll(path, { workers }));
    expect(error).toMatchObject({ code: "shard-changed", where: join(path, SHARD) });
    expect(error.message).toContain("it has 100 bytes");
    expect(error.hint).toContain("mdp shard verify");
  });

  test("names a shard whose header is damaged", async () => {
    const path = await packedSet([3, 3], 4);
    const bytes = readFileSync(join(path, SHARD));
    bytes.fill(0xff, 0, 8);
    writeFileSync(join(path, SHARD), bytes);
    const error = await errorOf(readAll(path));
    expect(error).toMatchObject({ code: "shard-damaged", where: join(path, SHARD) });
  });

  test("names a compressed shard that is damaged", async () => {
    const path = await packedSet([300, 300], 64, { compression: "gzip" });
    const file = join(path, `${SHARD}.gz`);
    const bytes = readFileSync(file);
    bytes.fill(0x55, bytes.length >> 1, (bytes.length >> 1) + 50);
    writeFileSync(file, bytes);
    const error = await errorOf(readAll(path));
    expect(error).toMatchObject({ code: "shard-damaged", where: file });
  });

  test("finds a shard that was changed without changing its size, when asked to verify", async () => {
    const path = await packedSet([3, 3], 4);
    const bytes = readFileSync(join(path, SHARD));
    bytes[bytes.length - 1]! ^= 1;
    writeFileSync(join(path, SHARD), bytes);
    expect(await readAll(path)).toBe(6);
    const error = await errorOf(readAll(path, { verify: true }));
    expect(error).toMatchObject({ code: "shard-changed", where: join(path, SHARD) });
    expect(error.message).toContain("its hash is");
  });

  test("finds a shard of another shape behind an index that fits its size", async () => {
    const path = await packedSet([3, 3], 4);
    const index = join(path, "shard_index.json");
    writeFileSync(index, readFileSync(index, "utf8").replaceAll('"seq_len": 4', '"seq_len": 2'));
    const error = await errorOf(readAll(path));
    expect(error.code).toBe("shard-changed");
    expect(error.message).toContain("its input_ids are U16 [3,4] where U16 [3,2] is expected");
  });

  test("gives what came before a broken shard", async () => {
    const path = await packedSet([4, 4, 4], 4);
    truncateSync(join(path, "train/shard_0002.safetensors"), 10);
    using loader = await ShardLoader.open(path, { batchSize: 4, prefetch: 3 });
    let rows = 0;
    const error = await errorOf(
      (async () => {
        for await (const batch of loader) rows += batch.rows;
      })(),
    );
    expect(error.code).toBe("shard-changed");
    expect(rows).toBe(8);
    expect(loader.state().next).toBe(8);
  });

  test("reads shards that may not be written to", async () => {
    const path = await packedSet([3, 3], 4);
    for (const shard of ["train/shard_0000.safetensors", SHARD]) chmodSync(join(path, shard), 0o444);
    expect(await readAll(path)).toBe(6);
  });

  test.if(process.platform === "linux")("keeps only a bounded number of files mapped", async () => {
    const path = await packedSet(Array(200).fill(2), 4);
    const mapped = () =>
      readFileSync("/proc/self/maps", "utf8")
        .split("\n")
        .filter((line) => line.includes(path)).length;
    using loader = await ShardLoader.open(path, { maxOpen: 5, shuffle: true, epochs: 2, batchSize: 3 });
    let rows = 0;
    for await (const batch of loader) rows += batch.rows;
    expect(rows).toBe(800);
    Bun.gc(true);
    // The collector may miss a few that are no longer used.
    expect(mapped()).toBeLessThanOrEqual(60);
  });

  test("with workers lets the process end, closed or not", async () => {
    const path = await packedSet([20], 4);
    const module = join(import.meta.dir, "../../../src/shard/loader.ts");
    const source = `
      const { ShardLoader } = await import(${JSON.stringify(module)});
      const loader = await ShardLoader.open(${JSON.stringify(path)}, { batchSize: 4, workers: 2 });
      let rows = 0;
      for await (const batch of loader) if ((rows += batch.rows) === 12) break;
      console.log(rows);`;
    const child = Bun.spawn([process.execPath, "-e", source], { stdout: "pipe", stderr: "inherit", timeout: 240_000 });
    expect(await new Response(child.stdout).text()).toBe("12\n");
    expect(await child.exited).toBe(0);
  });

  test("that is closed while it reads says so", async () => {
    const path = await packedSet([200], 4);
    const loader = await ShardLoader.open(path, { batchSize: 4, workers: 1, prefetch: 8 });
    const run = (async () => {
      for await (const _ of loader) loader[Symbol.dispose]();
    })();
    expect((await errorOf(run)).message).toContain("the loader was closed");
  });

  test("names a split that does not exist and those that do", async () => {
    const path = await packedSet([3], 4);
    const error = await errorOf(readAll(path, { split: "trian" }));
    expect(error.message).toBe('there is no split "trian"');
    expect(error.hint).toContain('did you mean "train"? known: train, val');
    expect((await errorOf(readAll(path, { split: "val" }))).message).toBe('the split "val" is empty');
  });

  const wrong: [LoaderOptions, string][] = [
    [{ batchSize: 0 }, "batchSize is 0"],
    [{ rank: 2, world: 2 }, "rank is 2 of 2"],
    [{ batchSize: 4, world: 5 }, "batchSize is 4 for 5 ranks"],
    [{ overlap: 8, seqLen: 8 }, "overlap is 8, seqLen 8"],
    [{ batchSize: 1, maxTokens: 9 }, "batchSize and maxTokens were both given"],
    [{ seed: -1 }, "seed is -1"],
    [{ epochs: Number.NaN }, "epochs is NaN"],
  ];
  test.each(wrong)("refuses %j", async (options, message) => {
    const path = await packedSet([3], 4);
    expect((await errorOf(readAll(path, options))).message).toContain(message);
  });
});
