/** What LanceDB's native code sees, and the full-text index build that never returned on two cores. */
import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { temporaryFolder } from "./rows.ts";

const THREADS = String(Math.max(4, availableParallelism()));

/** The environment that native code sees in a fresh process that was started with `env`. */
async function seen(env: Record<string, string>): Promise<Record<string, string>> {
  const script = `
    const { NATIVE_VARIABLES, prepareEnvironment } = await import("./src/store/environment.ts");
    const { getNativeEnv } = await import("./src/core/native.ts");
    prepareEnvironment();
    console.log(JSON.stringify(Object.fromEntries(NATIVE_VARIABLES.map((name) => [name, getNativeEnv(name)]))));`;
  const child = Bun.spawn([process.execPath, "-e", script], {
    cwd: join(import.meta.dir, "..", ".."),
    env: { PATH: process.env.PATH ?? "", ...env },
  });
  return JSON.parse(await new Response(child.stdout).text()) as Record<string, string>;
}

describe("the environment of native code", () => {
  test("has more threads than a full-text build keeps waiting, and the format that survives a merge", async () => {
    expect(await seen({})).toEqual({
      LANCE_CPU_THREADS: THREADS,
      LANCE_FTS_FORMAT_VERSION: "2",
      LANCE_FTS_NUM_SHARDS: "2",
      LANCE_FTS_PARTITION_SIZE: "256",
      LANCE_DEFAULT_IO_BUFFER_SIZE: "67108864",
      LANCE_INCLUDE_VECTOR_CENTROIDS: "false",
      LANCEDB_LOG: "error",
      LANCE_LOG: "error",
      RUST_LOG: "error",
    });
  });

  test("keeps what the user has set", async () => {
    const set = { LANCE_FTS_FORMAT_VERSION: "1", RUST_LOG: "debug", LANCE_CPU_THREADS: "1024" };
    expect(await seen(set)).toMatchObject(set);
  });

  test("raises a number of threads with which an index build would not return", async () => {
    for (const threads of ["1", "0", "many"]) {
      expect((await seen({ LANCE_CPU_THREADS: threads })).LANCE_CPU_THREADS).toBe(THREADS);
    }
  });
});

/** Pins a command to two of the cores that this process may use. macOS cannot: there it has all that the machine has. */
function onTwoCores(): string[] {
  if (process.platform !== "linux") return [];
  const [, allowed] = /^Cpus_allowed_list:\s*(.+)$/m.exec(readFileSync("/proc/self/status", "utf8"))!;
  const cores = allowed!.split(",").flatMap((range) => {
    const [first = 0, last = first] = range.split("-").map(Number);
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
  return ["taskset", "-c", cores.slice(0, 2).join(",")];
}

test("a full-text index over 10,000 rows is built on two cores", async () => {
  using folder = temporaryFolder();
  const child = Bun.spawn([...onTwoCores(), process.execPath, join(import.meta.dir, "build-process.ts"), folder.path], {
    stderr: "pipe",
    timeout: 280_000,
    killSignal: "SIGKILL",
  });
  const [printed, errors] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  expect({ signal: child.signalCode, errors }).toEqual({ signal: null, errors: "" });
  for (const index of JSON.parse(printed)) expect(index).toMatchObject({ indexedRows: 10_000, unindexedRows: 0 });
}, 300_000);
