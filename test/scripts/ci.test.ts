/** The last line of a CI run is the truth about its tests. */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root, run } from "./run.ts";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "mdp-ci-"));
  mkdirSync(join(dir, "scripts"));
  cpSync(join(root, ".ci"), join(dir, ".ci"), { recursive: true });
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** A small project whose tests are run by a real `bun test`. */
async function ciOf(tests: Record<string, string>, before = ""): Promise<{ code: number; last: string }> {
  const { code, stdout } = await printed(tests, before);
  return { code, last: stdout.trimEnd().split("\n").at(-1)! };
}

async function printed(tests: Record<string, string>, before = ""): Promise<{ code: number; stdout: string }> {
  for (const [name, body] of Object.entries(tests)) {
    writeFileSync(join(dir, `${name}.test.ts`), `import { expect, test } from "bun:test";\n${body}`);
  }
  writeFileSync(
    join(dir, "scripts", "test.sh"),
    `#!/usr/bin/env bash\nset -e\n${before}\nexec "${process.execPath}" test\n`,
    { mode: 0o755 },
  );
  return await run([join(dir, ".ci", "run")], { cwd: dir });
}

describe(".ci/run", () => {
  test("counts what passed", async () => {
    expect(await ciOf({ a: 'test("1", () => {}); test("2", () => {});', b: 'test("3", () => {});' })).toEqual({
      code: 0,
      last: "3 passed, 0 failed",
    });
  });

  test("counts what failed, and fails", async () => {
    expect(await ciOf({ a: 'test("1", () => {}); test("2", () => expect(1).toBe(2));' })).toEqual({
      code: 1,
      last: "1 passed, 1 failed",
    });
  });

  test("repeats the errors of what failed at the end, and nothing of what passed", async () => {
    const { stdout } = await printed({
      a: 'test("1", () => console.log("calm")); test("2", () => expect("up").toBe("down")); test("3", () => {});',
    });
    const again = stdout.split("What failed, once more:")[1]!;
    expect(again).toContain('Expected: "down"');
    expect(again).toContain("(fail) 2");
    expect(again).not.toContain("calm");
    expect(again).not.toContain("(pass)");
  });

  test("is not taken in by a test that prints counts", async () => {
    expect(await ciOf({ a: 'test("1", () => { console.log(" 999 pass\\n 0 fail"); expect(1).toBe(2); });' })).toEqual({
      code: 1,
      last: "0 passed, 1 failed",
    });
  });

  test("fails when no test ran", async () => {
    const { code, last } = await ciOf({});
    expect(code).not.toBe(0);
    expect(last).toBe("0 passed, 1 failed");
  });

  test("fails when a step before the tests failed", async () => {
    expect(await ciOf({ a: 'test("1", () => {});' }, "exit 7")).toEqual({ code: 7, last: "0 passed, 1 failed" });
  });

  test("ends although a test left a process behind", async () => {
    const body = 'test("1", () => { Bun.spawn(["sleep", "300"], { stdout: "inherit", stderr: "inherit" }).unref(); });';
    const started = performance.now();
    expect(await ciOf({ a: body })).toEqual({ code: 0, last: "1 passed, 0 failed" });
    expect(performance.now() - started).toBeLessThan(100_000);
  });

  test("fails when the test process dies in the middle", async () => {
    const { code, last } = await ciOf({
      a: 'test("1", () => {}); test("2", () => { process.kill(process.pid, "SIGKILL"); });',
    });
    expect(code).not.toBe(0);
    expect(last).toBe("0 passed, 1 failed");
  });
});
