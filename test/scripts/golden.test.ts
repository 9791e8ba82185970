/** Goal: every reference value can be made again, and a failure leaves the old one. */
import { describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root, run } from "./run.ts";

const folder = join(root, "fixtures/golden");
const files = readdirSync(folder).filter((name) => name.endsWith(".json"));

describe("scripts/golden.sh", () => {
  test("knows every file of fixtures/golden, and no other", async () => {
    const { code, stdout } = await run(["scripts/golden.sh", "--list"]);
    expect(code).toBe(0);
    expect(stdout.trimEnd().split("\n").sort()).toEqual(files.map((name) => name.replace(".json", "")).sort());
  });

  test("refuses a name that it does not know", async () => {
    const { code, stderr } = await run(["scripts/golden.sh", "nothing"]);
    expect(code).toBe(1);
    expect(stderr).toBe("error: there are no reference values named nothing\nfix:   scripts/golden.sh --list\n");
  });

  test.each(files)("%s names a script that golden.sh runs, and is of the versions that are pinned", (name) => {
    const { script, versions } = JSON.parse(readFileSync(join(folder, name), "utf8")) as {
      script: string;
      versions: Record<string, string>;
    };
    expect(existsSync(join(root, script))).toBe(true);
    const recipes = readFileSync(join(root, "scripts/golden.sh"), "utf8");
    expect(recipes).toContain(script);
    expect(Object.keys(versions)).not.toEqual([]);
    const lists = [...new Bun.Glob("test/parity/requirements-*.txt").scanSync({ cwd: root })];
    const pinned = lists.map((list) => readFileSync(join(root, list), "utf8")).join("\n");
    for (const [library, version] of Object.entries(versions)) {
      const plain = version.replace(/\+.*/, "");
      const fetched = recipes.includes(`fetch_wheel ${library} ${plain} `);
      expect([library, fetched || pinned.split("\n").includes(`${library}==${plain}`)]).toEqual([library, true]);
    }
  });
});

describe("renewing a file", () => {
  const renew = (lines: string) =>
    run(["bash", "-c", `set -euo pipefail; . scripts/lib/common.sh; . scripts/lib/peers.sh; ${lines}`]);

  test("gives it what the command prints", async () => {
    const dir = mkdtempSync(join(tmpdir(), "mdp-golden-"));
    writeFileSync(join(dir, "a.json"), "old");
    const { code } = await renew(`renew '${dir}/a.json' echo new`);
    expect([code, readFileSync(join(dir, "a.json"), "utf8"), readdirSync(dir)]).toEqual([0, "new\n", ["a.json"]]);
    rmSync(dir, { recursive: true });
  });

  test("leaves it as it is when the command fails, and shows why", async () => {
    const dir = mkdtempSync(join(tmpdir(), "mdp-golden-"));
    writeFileSync(join(dir, "a.json"), "old");
    const { code, stderr } = await renew(`renew '${dir}/a.json' sh -c 'echo half; echo reason >&2; exit 3'`);
    expect([code, readFileSync(join(dir, "a.json"), "utf8"), readdirSync(dir)]).toEqual([1, "old", ["a.json"]]);
    expect(stderr).toStartWith(`reason\nerror: ${dir}/a.json was not made again: sh -c`);
    rmSync(dir, { recursive: true });
  });
});
