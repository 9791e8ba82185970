/** The environment as native code sees it. */
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import {
  getNativeEnv,
  returnFreedMemory,
  returningMemory,
  setNativeEnv,
  unsetNativeEnv,
} from "../../src/core/native.ts";

const name = "MDP_NATIVE_ENV_TEST";

/** Beginning of a script that fills and frees memory, and counts its page faults. */
const ALLOCATOR = `
  import { dlopen } from "bun:ffi";
  import { readFileSync } from "node:fs";
  import { holdFreedMemory, returningMemory } from ${JSON.stringify(join(import.meta.dir, "../../src/core/native.ts"))};
  const { prctl, malloc, memset, free } = dlopen("libc.so.6", {
    prctl: { args: ["i32", "u64", "u64", "u64", "u64"], returns: "i32" },
    malloc: { args: ["u64"], returns: "ptr" },
    memset: { args: ["ptr", "i32", "u64"], returns: "ptr" },
    free: { args: ["ptr"], returns: "void" },
  }).symbols;
  // Pages of one size, also where the system gives large ones to all (PR_SET_THP_DISABLE).
  prctl(41, 1, 0, 0, 0);
  const faults = () => Number(readFileSync("/proc/self/stat", "utf8").split(") ")[1].split(" ")[7]);`;

describe("native environment", () => {
  test("a value that was set is what native code reads", () => {
    setNativeEnv(name, "größe = 4", { overwrite: true });
    expect(getNativeEnv(name)).toBe("größe = 4");
    unsetNativeEnv(name);
    expect(getNativeEnv(name)).toBeUndefined();
  });

  test("without overwrite a value that is there stands, also an empty one", () => {
    setNativeEnv(name, "", { overwrite: true });
    setNativeEnv(name, "later", { overwrite: false });
    expect(getNativeEnv(name)).toBe("");
    setNativeEnv(name, "later", { overwrite: true });
    expect(getNativeEnv(name)).toBe("later");
    unsetNativeEnv(name);
  });

  test("what process.env is given does not reach native code, which is why this module exists", () => {
    process.env[name] = "only in JavaScript";
    expect(getNativeEnv(name)).toBeUndefined();
    delete process.env[name];
  });

  test("the environment that the process was started with is seen", () => {
    expect(getNativeEnv("PATH")).toBe(process.env.PATH!);
  });

  test("a value outlives the buffers that carried it in", () => {
    setNativeEnv(name, "kept", { overwrite: true });
    for (let round = 0; round < 50; round++) new Uint8Array(1 << 20).fill(round);
    Bun.gc(true);
    expect(getNativeEnv(name)).toBe("kept");
    unsetNativeEnv(name);
  });

  test("a name or value that C would read otherwise is refused", () => {
    expect(() => setNativeEnv("A=B", "x", { overwrite: true })).toThrow('"A=B" is not the name');
    expect(() => setNativeEnv("", "x", { overwrite: true })).toThrow("is not the name");
    expect(() => setNativeEnv(name, "a\0b", { overwrite: true })).toThrow("NUL");
  });
});

describe("holdFreedMemory", () => {
  test.if(process.platform === "linux")("keeps the pages of what was freed for what comes next", async () => {
    // Page faults of a process that fills and frees 16 MB, in pieces, a hundred times.
    const script = `${ALLOCATOR}
      function work() {
        const pieces = Array.from({ length: 16 }, () => memset(malloc(1n << 20n), 1, 1n << 20n));
        for (const piece of pieces) free(piece);
      }
      if (process.argv.at(-1) === "hold") holdFreedMemory(64 * 1024 ** 2);
      work();
      const before = faults();
      for (let i = 0; i < 100; i++) work();
      console.log(faults() - before);`;
    const faults = async (mode: string) => {
      const child = Bun.spawn([process.execPath, "-e", script, mode]);
      return Number(await child.stdout.text());
    };
    const plain = await faults("plain");
    expect(plain).toBeGreaterThan(10_000);
    expect(await faults("hold")).toBeLessThan(plain / 10);
  });
});

describe("returningMemory", () => {
  test.if(process.platform === "linux")(
    "gives back large buffers as they are freed, and holds again afterwards",
    async () => {
      // Page faults of a process that fills and frees 32 MB in two pieces, ten times each way.
      const script = `${ALLOCATOR}
      function work() {
        const before = faults();
        for (let i = 0; i < 10; i++) {
          const pieces = [0, 1].map(() => memset(malloc(1n << 24n), 1, 1n << 24n));
          for (const piece of pieces) free(piece);
        }
        return faults() - before;
      }
      holdFreedMemory(64 * 1024 ** 2);
      work();
      const held = work();
      const returned = await returningMemory(async () => returningMemory(async () => work()));
      const nested = await returningMemory(async () => {
        await returningMemory(async () => {});
        return work();
      });
      work();
      console.log(JSON.stringify({ held, returned, nested, after: work() }));`;
      const child = Bun.spawn([process.execPath, "-e", script], { stderr: "inherit" });
      const { held, returned, nested, after } = JSON.parse(await child.stdout.text());
      const pages = (10 * 2 * 2 ** 24) / 4096;
      for (const faults of [returned, nested]) expect(faults).toBeGreaterThan(pages / 2);
      for (const faults of [held, after]) expect(faults).toBeLessThan(pages / 10);
    },
  );

  test("passes on what the work gives and throws", async () => {
    expect(await returningMemory(async () => 7)).toBe(7);
    await expect(returningMemory(() => Promise.reject(new Error("no")))).rejects.toThrow("no");
  });
});

describe("returnFreedMemory", () => {
  test("can be called again and again, before and after native allocations", () => {
    for (let i = 0; i < 100; i++) {
      returnFreedMemory();
      expect(Buffer.alloc(100_000, i).at(-1)).toBe(i);
    }
  });
});
