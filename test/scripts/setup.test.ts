/** The set-up: quick when there is nothing to do, and plain about what went wrong. */
import { describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root, run } from "./run.ts";

const scripts = [".ci/run", ...new Bun.Glob("scripts/**/*.sh").scanSync({ cwd: root })].sort();

/** Runs a few lines of shell after the scripts' common part. */
const shell = (lines: string) =>
  run(["bash", "-c", `set -euo pipefail; . scripts/lib/common.sh; . scripts/lib/mlx-c.sh; ${lines}`]);

describe("every script", () => {
  test("is found", () => expect(scripts).toContain("scripts/setup.sh"));

  test.each(scripts)("%s is valid shell, and asks for no bash newer than macOS's 3.2", async (script) => {
    expect(await run(["bash", "-n", script])).toEqual({ code: 0, stdout: "", stderr: "" });
    const code = readFileSync(join(root, script), "utf8").replace(/^\s*#.*$/gm, "");
    expect(code).not.toMatch(/\b(mapfile|readarray|coproc)\b|declare -[aA]|\$\{\w+(,,|\^\^)|&>>|\|&|\bwait -n\b/);
  });
});

describe("scripts/setup.sh", () => {
  test("has nothing to do on a machine that is set up", async () => {
    const { code, stderr } = await run(["scripts/setup.sh"]);
    expect(code).toBe(0);
    expect(stderr).toMatch(/^==> ready: Bun \d+\.\d+\.\d+ at \S+\n$/);
  });

  test("names the options that it knows", async () => {
    const { code, stderr } = await run(["scripts/setup.sh", "--peer"]);
    expect(code).toBe(1);
    expect(stderr).toBe("error: unknown option --peer\nfix:   scripts/setup.sh [--peers-light|--peers] [--cross]\n");
  });
});

describe("what the scripts share", () => {
  test("a file with another content than the pinned one is refused, with both hashes", async () => {
    const dir = mkdtempSync(join(tmpdir(), "mdp-setup-"));
    const file = join(dir, "part.whl");
    writeFileSync(file, "tampered");
    const { code, stderr } = await shell(`check_sha256 '${file}' ${"0".repeat(64)}`);
    rmSync(dir, { recursive: true });
    expect(code).toBe(1);
    expect(stderr).toMatch(/part\.whl has SHA-256 [0-9a-f]{64}, expected 0{64}\nfix: /);
  });

  test("the output of a step is shown only when it fails, with the command that fixes it", async () => {
    expect(await shell("quietly 'counting' 'count again' sh -c 'echo one'")).toEqual({
      code: 0,
      stdout: "",
      stderr: "",
    });
    const { code, stderr } = await shell("quietly 'counting' 'count again' sh -c 'echo two; exit 3'");
    expect(code).toBe(1);
    expect(stderr).toStartWith("two\nerror: counting failed: sh -c");
    expect(stderr).toEndWith("fix:   count again\n");
  });

  test("a folder is current only under the pins that made it", async () => {
    const dir = mkdtempSync(join(tmpdir(), "mdp-setup-"));
    const { stdout } = await shell(`
      is_current '${dir}' cpu && echo wrong || echo missing
      stamp_of cpu >'${dir}/stamp'
      is_current '${dir}' cpu && echo current
      is_current '${dir}' metal && echo wrong || echo other
      mlxc_version=9.9.9; is_current '${dir}' cpu && echo wrong || echo older`);
    rmSync(dir, { recursive: true });
    expect(stdout).toBe("missing\ncurrent\nother\nolder\n");
  });

  test("a folder takes another's place whole", async () => {
    const dir = mkdtempSync(join(tmpdir(), "mdp-setup-"));
    const { stdout } = await shell(`
      mkdir -p '${dir}/old' '${dir}/new'; echo 1 >'${dir}/old/a'; echo 2 >'${dir}/new/b'
      replace_folder '${dir}/new' '${dir}/old'; ls -A '${dir}' '${dir}/old'`);
    rmSync(dir, { recursive: true });
    expect(stdout).toBe(`${dir}:\nold\n\n${dir}/old:\nb\n`);
  });
});
