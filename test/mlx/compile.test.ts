/** Goal: a compiled function is traced once, gives the same, and never starts a C++ compiler on a CPU. */
import { describe, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as mx from "../../src/mlx/index.ts";
import { expectFlatMemory, expectNoLeaks } from "../support/leaks.ts";

describe("compile", () => {
  test("traces once per shape, or once in all when shapeless", () => {
    mx.tidy(() => {
      let traces = 0;
      const fn: mx.ArrayFunction = ([x, y]) => {
        traces++;
        return [mx.add(mx.multiply(x!, 2), y!), mx.exp(x!)];
      };
      const inputs = (n: number) => [mx.ones([n]), mx.arange(0, n, 1, "float32")];
      using fixed = mx.compile(fn);
      for (const n of [2, 2, 3, 2, 3]) expect(fixed.apply(inputs(n))[0]!.tolist()).toEqual(fn(inputs(n))[0]!.tolist());
      expect(traces).toBe(2 + 5);
      traces = 0;
      using shapeless = mx.compile(fn, { shapeless: true });
      for (const n of [2, 5, 3]) expect(shapeless.apply(inputs(n))[0]!.shape).toEqual([n]);
      expect(traces).toBe(1);
    });
  });

  test("keeps memory flat, and throws what the function throws", () => {
    using x = mx.ones([64, 64]);
    using square = mx.compile(([a]) => [mx.matmul(a!, a!)]);
    expectNoLeaks(() => expectFlatMemory(() => mx.tidy(() => mx.evaluate(...square.apply([x])))));
    using broken = mx.compile(() => {
      throw new RangeError("mine");
    });
    expect(() => broken.apply([x])).toThrow("mine");
  });

  test("writes no kernel and runs no compiler on a CPU", async () => {
    const scratch = mkdtempSync(join(tmpdir(), "mdp-compile-"));
    const script = `
      import * as mx from ${JSON.stringify(join(import.meta.dir, "../../src/mlx/index.ts"))};
      mx.setDefaultDevice("cpu");
      const fn = mx.compile(([x]) => [mx.exp(mx.multiply(mx.add(x, 1), 2))]);
      console.log(fn.apply([mx.array([0], "float32")])[0].item());`;
    // No compiler is on this PATH: were one started, the call would fail.
    const child = Bun.spawn([process.execPath, "-e", script], {
      env: { ...process.env, TMPDIR: scratch, PATH: scratch },
      stdout: "pipe",
      stderr: "pipe",
    });
    expect([await child.stderr.text(), await child.exited]).toEqual(["", 0]);
    expect(Number(await child.stdout.text())).toBeCloseTo(Math.exp(2), 5);
    expect(readdirSync(scratch)).toEqual([]);
    rmSync(scratch, { recursive: true });
  });
});
