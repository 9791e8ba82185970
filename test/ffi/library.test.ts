/** Goal: the right library or none; whoever has none is told what was tried and the command that helps. */
import { afterAll, describe, expect, test } from "bun:test";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { LibraryError } from "../../ffi/errors.ts";
import { headerHash } from "../../ffi/header-hash.ts";
import { findLibrary, type LookupOptions, openLibrary } from "../../ffi/library.ts";

const real = findLibrary({ embedded: () => undefined, environment: {} }).path;
const realPrefix = dirname(dirname(real));
const root = mkdtempSync(join(tmpdir(), "mdp-library-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const file = process.platform === "darwin" ? "libmlxc.dylib" : "libmlxc.so";
const nowhere: LookupOptions = {
  embedded: () => undefined,
  environment: {},
  repository: null,
  homebrewPrefixes: [],
  systemPrefixes: [],
};

/** A prefix with the pinned headers, or with others. */
function prefix(name: string, headers: "pinned" | "other" | "none"): string {
  const dir = join(root, name);
  mkdirSync(join(dir, "lib"), { recursive: true });
  symlinkSync(real, join(dir, "lib", file));
  if (headers === "none") return dir;
  cpSync(join(realPrefix, "include/mlx/c"), join(dir, "include/mlx/c"), { recursive: true });
  if (headers === "other") writeFileSync(join(dir, "include/mlx/c/ops.h"), "int mlx_abs(void);");
  return dir;
}

function failure(options: Partial<LookupOptions>): LibraryError {
  try {
    findLibrary({ ...nowhere, ...options });
  } catch (error) {
    if (error instanceof LibraryError) return error;
  }
  throw new Error("a library was found");
}

const good = prefix("good", "pinned");
const changed = prefix("changed", "other");
const bare = prefix("bare", "none");

describe("the lookup", () => {
  test("goes by MDP_MLXC, embedded, repository, Homebrew, system", () => {
    const [named, brew, system] = [prefix("named", "pinned"), prefix("brew", "pinned"), prefix("system", "pinned")];
    mkdirSync(join(root, "repo"));
    symlinkSync(prefix("repo-mlx", "pinned"), join(root, "repo/.mlx"));
    const embedded = join(bare, "lib");
    const all = {
      environment: { MDP_MLXC: named },
      embedded: () => embedded,
      repository: join(root, "repo"),
      homebrewPrefixes: [brew],
      systemPrefixes: [system],
    };
    const found = (options: Partial<LookupOptions>) => findLibrary({ ...nowhere, ...options });
    expect(found(all)).toEqual({ path: join(named, "lib", file), origin: "MDP_MLXC" });
    expect(found({ ...all, environment: {} })).toEqual({ path: join(embedded, file), origin: "embedded" });
    const { embedded: _e, environment: _n, ...outside } = all;
    expect(found(outside)).toEqual({ path: join(root, "repo/.mlx/lib", file), origin: "repository" });
    expect(found({ ...outside, repository: null })).toEqual({ path: join(brew, "lib", file), origin: "homebrew" });
    expect(found({ systemPrefixes: [system] })).toEqual({ path: join(system, "lib", file), origin: "system" });
  });

  test("takes MDP_MLXC as the file, its folder, or the prefix", () => {
    for (const path of [join(good, "lib", file), join(good, "lib"), good]) {
      const found = findLibrary({ ...nowhere, environment: { MDP_MLXC: path } });
      expect(found).toEqual({ path: join(good, "lib", file), origin: "MDP_MLXC" });
    }
  });

  test("refuses a library whose headers are another version's, and goes on", () => {
    const found = findLibrary({ ...nowhere, homebrewPrefixes: [changed, bare, good] });
    expect(found.path).toBe(join(good, "lib", file));
    const error = failure({ homebrewPrefixes: [changed], systemPrefixes: [bare] });
    expect(error.tried[0]?.reason).toContain("not those of mlx-c 0.7.0");
    expect(error.tried[1]?.reason).toContain("no mlx-c headers");
  });

  test("does not fall back when MDP_MLXC names one that cannot be used", () => {
    for (const path of [changed, bare, join(root, "missing"), join(root, "missing.so")]) {
      const error = failure({ environment: { MDP_MLXC: path }, homebrewPrefixes: [good] });
      expect(error.message).toContain("the library that MDP_MLXC names cannot be used");
      expect(error.message).toContain(path);
      expect(error.hint).toContain("unset it");
    }
  });

  test("an embedded library is used only when it was really unpacked", () => {
    const found = findLibrary({ ...nowhere, embedded: () => join(root, "gone"), homebrewPrefixes: [good] });
    expect(found.origin).toBe("homebrew");
  });

  test("a miss lists what was tried, and the one command that fixes it", () => {
    const error = failure({ repository: join(root, "empty"), homebrewPrefixes: [join(root, "brew-none")] });
    expect(error.code).toBe("mlx-library");
    expect(error.tried.map(({ place }) => place)).toEqual([
      `repository: ${join(root, "empty/.mlx/lib", file)}`,
      `homebrew: ${join(root, "brew-none/lib", file)}`,
    ]);
    expect(error.message).toContain("not there");
    expect(error.hint).toBe("run scripts/build-mlx-c.sh");
  });

  test("never depends on the current folder", () => {
    const before = process.cwd();
    process.chdir(root);
    try {
      expect(findLibrary({ embedded: () => undefined, environment: {} }).path).toBe(real);
    } finally {
      process.chdir(before);
    }
  });
});

describe("opening", () => {
  test("a file that is no library says so, and what to do", () => {
    const broken = prefix("broken", "pinned");
    rmSync(join(broken, "lib", file));
    writeFileSync(join(broken, "lib", file), "not a library");
    const open = () => openLibrary({ ...nowhere, environment: { MDP_MLXC: broken } });
    expect(open).toThrow(LibraryError);
    expect(open).toThrow("could not be loaded");
  });

  test("gives the path and the origin", () => {
    const { path, origin, symbols } = openLibrary({ embedded: () => undefined, environment: {} });
    expect(path).toBe(real);
    expect(origin).toBe("repository");
    expect(symbols.mlx_dtype_size(10)).toBe(4n);
  });
});

describe("the header hash", () => {
  test("changes with a header's name and content, and is absent without headers", () => {
    const hash = headerHash(join(good, "include"));
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
    expect(headerHash(join(changed, "include"))).not.toBe(hash);
    expect(headerHash(join(bare, "include"))).toBeUndefined();
    const renamed = prefix("renamed", "pinned");
    rmSync(join(renamed, "include/mlx/c/version.h"));
    expect(headerHash(join(renamed, "include"))).not.toBe(hash);
  });
});
