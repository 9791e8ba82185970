/** What the Homebrew formula relies on: with MDP_SYSTEM_MLXC=1 a matching system mlx-c goes before the embedded one. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findLibrary } from "../../ffi/library.ts";
import { root } from "../../scripts/build/targets.ts";

const file = process.platform === "darwin" ? "libmlxc.dylib" : "libmlxc.so";
let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "mdp-system-"));
  for (const name of ["embedded", "brew/lib", "brew/include/mlx"]) mkdirSync(join(dir, name), { recursive: true });
  for (const name of ["embedded", "brew/lib"]) writeFileSync(join(dir, name, file), "");
  cpSync(join(root, ".mlx/include/mlx/c"), join(dir, "brew/include/mlx/c"), { recursive: true });
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const originWith = (environment: Record<string, string>) =>
  findLibrary({
    embedded: () => join(dir, "embedded"),
    environment,
    repository: null,
    homebrewPrefixes: [join(dir, "brew")],
    systemPrefixes: [],
  }).origin;

test("the embedded library is the default", () => {
  expect(originWith({})).toBe("embedded");
});

test("a matching system copy goes first where the package manager asks for it", () => {
  expect(originWith({ MDP_SYSTEM_MLXC: "1" })).toBe("homebrew");
});

test("a system copy with other headers is passed over without an error", () => {
  appendFileSync(join(dir, "brew/include/mlx/c/ops.h"), "// a newer one\n");
  expect(originWith({ MDP_SYSTEM_MLXC: "1" })).toBe("embedded");
});
