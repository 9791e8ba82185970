/** Reader processes: limits hold, a bad file costs only itself, and no process outlives its parent. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makePdf } from "../../../scripts/fixtures/make-pdf.ts";
import type { Read } from "../../../src/core/document.ts";
import { openReaderPool } from "../../../src/ingest/read.ts";
import { residentBytes } from "../../../src/ingest/reader/memory.ts";
import type { ReadRequest } from "../../../src/ingest/reader/protocol.ts";

const ROOT = join(import.meta.dir, "..", "..", "..");
const LIMITS = { concurrency: 2, readTimeoutMs: 60_000, readMemoryBytes: 1_500_000_000 };
setDefaultTimeout(300_000);

let dir = "";

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "mdp-pool-"));
  await writeFile(join(dir, "small.pdf"), makePdf({ pages: [["A small file"]] }));
  const page = Array.from({ length: 60 }, (_, i) => `Line ${i} of a page that takes its time to be read`);
  await writeFile(join(dir, "slow.pdf"), makePdf({ pages: Array.from({ length: 2_000 }, () => page) }));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

function request(name: string): ReadRequest {
  return { path: join(dir, name), uri: name, format: "pdf", options: { maxDocumentBytes: 100_000_000 } };
}

async function all(reads: AsyncIterable<Read>): Promise<Read[]> {
  const found: Read[] = [];
  for await (const read of reads) found.push(read);
  return found;
}

/** Child processes of `parent`. */
async function children(parent: number): Promise<number[]> {
  const { stdout } = Bun.spawnSync(["ps", "-A", "-o", "pid=,ppid=,args="]);
  return stdout
    .toString()
    .split("\n")
    .map((line) => /^\s*(\d+)\s+(\d+)\s(.*)$/.exec(line))
    .filter((match) => match && Number(match[2]) === parent && match[3]!.includes("__reader"))
    .map((match) => Number(match![1]));
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  for (let i = 0; i < 1_000; i++) {
    if (await condition()) return;
    await Bun.sleep(50);
  }
  throw new Error("the condition was not met within 50 s");
}

function textOf(reads: readonly Read[]): (string | undefined)[] {
  return reads.map((read) => ("document" in read ? read.document.text : read.reject.code));
}

describe("a reader process", () => {
  test("is used again for the next file", async () => {
    await using pool = openReaderPool(LIMITS);
    expect(textOf(await all(pool.read(request("small.pdf"))))).toEqual(["A small file"]);
    const first = await children(process.pid);
    expect(textOf(await all(pool.read(request("small.pdf"))))).toEqual(["A small file"]);
    expect(first.length).toBe(1);
    expect(await children(process.pid)).toEqual(first);
  });

  test("that takes too long is ended, the file is named with limit and setting, and the pool goes on", async () => {
    await using pool = openReaderPool({ ...LIMITS, readTimeoutMs: 20 });
    const [read] = await all(pool.read(request("slow.pdf")));
    expect(read).toEqual({
      reject: {
        uri: "slow.pdf",
        code: "reader-timeout",
        reason: "reading took longer than 20 ms",
        hint: "raise --read-timeout-ms, or leave the file out with --exclude",
      },
    });
    await until(async () => (await children(process.pid)).length === 0);
  });

  test("that takes too much memory is ended, and the file is named", async () => {
    await using pool = openReaderPool({ ...LIMITS, readMemoryBytes: 70_000_000 });
    const [read] = await all(pool.read(request("slow.pdf")));
    expect(read).toMatchObject({
      reject: { code: "reader-memory", hint: expect.stringContaining("--read-memory-bytes") },
    });
  });

  test("that dies is that file's reject, and the next file is read by a fresh one", async () => {
    await using pool = openReaderPool(LIMITS);
    const reading = all(pool.read(request("slow.pdf")));
    await until(async () => (await children(process.pid)).length === 1);
    for (const pid of await children(process.pid)) process.kill(pid, "SIGSEGV");
    expect(textOf(await reading)).toEqual(["reader-crashed"]);
    expect(textOf(await all(pool.read(request("small.pdf"))))).toEqual(["A small file"]);
  });

  test("ends when the reading is aborted, which reaches the caller", async () => {
    await using pool = openReaderPool(LIMITS);
    const stop = new AbortController();
    const reading = all(pool.read(request("slow.pdf"), stop.signal));
    await until(async () => (await children(process.pid)).length === 1);
    stop.abort(new Error("stop"));
    await expect(reading).rejects.toThrow("stop");
    await until(async () => (await children(process.pid)).length === 0);
  });

  test("does not outlive a parent that is killed while it computes", async () => {
    const script = `
      import { openReaderPool } from ${JSON.stringify(join(ROOT, "src/ingest/read.ts"))};
      const pool = openReaderPool(${JSON.stringify(LIMITS)});
      for await (const read of pool.read(${JSON.stringify(request("slow.pdf"))})) console.log("read");
    `;
    await writeFile(join(dir, "parent.ts"), script);
    const parent = Bun.spawn([process.execPath, join(dir, "parent.ts")], { stdout: "ignore", stderr: "inherit" });
    let reader: number | undefined;
    await until(async () => {
      reader = (await children(parent.pid))[0];
      return reader !== undefined && ((await residentBytes(reader)) ?? 0) > 60_000_000;
    });
    parent.kill("SIGKILL");
    await parent.exited;
    await until(async () => (await residentBytes(reader!)) === undefined);
  });
});

describe("the pool", () => {
  test("runs no more processes than its limit, and every file gets its turn", async () => {
    await using pool = openReaderPool({ ...LIMITS, concurrency: 1 });
    const results = await Promise.all(Array.from({ length: 6 }, () => all(pool.read(request("small.pdf")))));
    expect(results.map(textOf)).toEqual(Array.from({ length: 6 }, () => ["A small file"]));
    expect((await children(process.pid)).length).toBe(1);
  });

  test("starts no process before it is needed, and leaves none behind", async () => {
    {
      await using pool = openReaderPool(LIMITS);
      expect(await children(process.pid)).toEqual([]);
      await all(pool.read(request("small.pdf")));
    }
    expect(await children(process.pid)).toEqual([]);
  });
});
