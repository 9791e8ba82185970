import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { VectorCache, vectorKey } from "../../src/embed/vector-cache.ts";

const DIMENSION = 384;
const PLENTY = 100_000_000;
let dir: string;
let file: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "mdp-vector-cache-"));
  file = join(dir, "vectors.db");
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const vectorOf = (n: number) => Float32Array.from({ length: DIMENSION }, (_, i) => Math.fround(Math.sin(n * 31 + i)));
const entryOf = (n: number) => ({ key: vectorKey("m", `text ${n}`), vector: vectorOf(n), truncated: n % 3 === 0 });
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);

function fill(from: number, to: number, maxBytes = PLENTY): void {
  using cache = new VectorCache(dir, maxBytes);
  for (let n = from; n < to; n += 100) cache.add(range(n, Math.min(n + 100, to)).map(entryOf));
}

/** Which of the numbers are there. */
function present(cache: VectorCache, from: number, to: number): number[] {
  const found = cache.find(
    range(from, to).map((n) => entryOf(n).key),
    DIMENSION,
  );
  return range(from, to).filter((n) => found[n - from] !== undefined);
}

describe("a vector cache", () => {
  test("gives back the same bits and marks, and nothing for what it was not given", () => {
    fill(0, 250);
    using cache = new VectorCache(dir, PLENTY);
    const found = cache.find([entryOf(3).key, entryOf(249).key, entryOf(250).key], DIMENSION);
    expect(found).toEqual([
      { vector: vectorOf(3), truncated: true },
      { vector: vectorOf(249), truncated: true },
      undefined,
    ]);
    expect(cache.warnings).toEqual([]);
  });

  test("tells texts and what makes their vectors apart at their border", () => {
    const keys = [vectorKey("ab", "c"), vectorKey("a", "bc"), vectorKey("abc", "")];
    expect(new Set(keys.map((key) => Buffer.from(key).toString("hex"))).size).toBe(3);
    expect(vectorKey("ab", "c")).toEqual(keys[0]!);
  });

  test("stays within its size, and lets go first of what was not used for longest", () => {
    const limit = 1_000_000;
    fill(0, 300, limit);
    {
      using cache = new VectorCache(dir, limit);
      expect(present(cache, 0, 100)).toEqual(range(0, 100));
    }
    fill(300, 700, limit);
    using cache = new VectorCache(dir, limit);
    expect(statSync(file).size).toBeLessThanOrEqual(limit * 1.1);
    const left = present(cache, 0, 700);
    expect(left.filter((n) => n < 100)).toEqual(range(0, 100));
    expect(left.filter((n) => n >= 100 && n < 200)).toEqual([]);
    expect(left.filter((n) => n >= 600)).toEqual(range(600, 700));
  });

  test("gives the disk's room back when its limit is lowered", () => {
    fill(0, 2000);
    expect(statSync(file).size).toBeGreaterThan(2_500_000);
    fill(2000, 2100, 500_000);
    using cache = new VectorCache(dir, PLENTY);
    expect(present(cache, 2050, 2100)).toEqual(range(2050, 2100));
    expect(statSync(file).size).toBeLessThan(1_000_000);
  });

  test("is begun anew with a warning when its file is no database", () => {
    writeFileSync(file, "this was never a database, but it is long enough to look at");
    using cache = new VectorCache(dir, PLENTY);
    expect(cache.warnings).toEqual([`the vector cache was damaged and is begun anew: ${file}`]);
    cache.add([entryOf(1)]);
    expect(present(cache, 0, 3)).toEqual([1]);
  });

  test("is begun anew with a warning when its file was cut off", () => {
    fill(0, 400);
    truncateSync(file, statSync(file).size / 2);
    using cache = new VectorCache(dir, PLENTY);
    expect(present(cache, 0, 400).length).toBeLessThan(400);
    expect(cache.warnings).toEqual([`the vector cache was damaged and is begun anew: ${file}`]);
    cache.add([entryOf(1)]);
    expect(present(cache, 0, 3)).toEqual([1]);
  });

  test("never gives a vector of which a bit has flipped", () => {
    fill(0, 50);
    const bytes = readFileSync(file);
    // Pages that were split keep copies of what has moved.
    const [sought, places] = [new Uint8Array(vectorOf(7).buffer), [] as number[]];
    for (let at = bytes.indexOf(sought); at >= 0; at = bytes.indexOf(sought, at + 1)) places.push(at);
    expect(places.length).toBeGreaterThan(0);
    for (const at of places) bytes[at + 100]! ^= 4;
    writeFileSync(file, bytes);
    using cache = new VectorCache(dir, PLENTY);
    expect(present(cache, 7, 8)).toEqual([]);
    expect(cache.warnings).toEqual([`the vector cache was damaged and is begun anew: ${file}`]);
  });

  test("goes on without a file where it cannot have one", () => {
    writeFileSync(join(dir, "taken"), "");
    using cache = new VectorCache(join(dir, "taken"), PLENTY);
    cache.add([entryOf(1)]);
    expect(present(cache, 0, 3)).toEqual([]);
    expect(cache.warnings).toHaveLength(1);
    expect(cache.warnings[0]).toStartWith("the vector cache cannot be used: ");
  });

  test("takes what three processes write at once, while one of them is killed", async () => {
    const writer = join(import.meta.dir, "vector-cache-writer.ts");
    const spawn = (from: number, to: number) =>
      Bun.spawn([process.execPath, writer, dir, String(from), String(to)], { stdout: "pipe", stderr: "inherit" });
    const [first, second, killed] = [spawn(0, 1500), spawn(1000, 2500), spawn(3000, 60_000)];
    await killed.stdout.getReader().read();
    killed.kill("SIGKILL");
    expect(await Promise.all([first.exited, second.exited])).toEqual([0, 0]);
    await killed.exited;
    using cache = new VectorCache(dir, PLENTY);
    expect(present(cache, 0, 2500)).toEqual(range(0, 2500));
    expect(present(cache, 3000, 3050)).toEqual(range(3000, 3050));
    expect(cache.find([entryOf(1200).key], DIMENSION)[0]?.vector).toEqual(vectorOf(1200));
    expect(cache.warnings).toEqual([]);
  });
});
