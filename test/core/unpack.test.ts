/** Embedded files on the real disk: written once, whole, and private. */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { userCacheDir } from "../../src/core/cache-dir.ts";
import { sha256 } from "../../src/core/hash.ts";
import { type AssetSource, unpackAsset, unpackAssets, unpackInto } from "../../src/core/unpack.ts";

let dir: string;
let cache: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "mdp-unpack-"));
  cache = join(dir, "cache", "mdp");
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** Files as the build embeds them: names that say nothing, in one folder. */
function source(contents: Record<string, string | Uint8Array>): AssetSource {
  const paths: Record<string, string> = {};
  const hashes: Record<string, string> = {};
  for (const [name, bytes] of Object.entries(contents)) {
    const path = join(dir, sha256(name).slice(0, 8));
    writeFileSync(path, bytes);
    paths[name] = path;
    hashes[name] = sha256(bytes);
  }
  return { paths, hashes };
}

const mode = (path: string) => statSync(path).mode & 0o777;

describe("unpackInto", () => {
  test("the files of one prefix lie at their relative paths, and no others", () => {
    const files = source({ "model/config.json": "{}", "model/1_Pooling/config.json": "[]", "lib/a.so": "elf" });
    const folder = unpackInto(files, "model", cache)!;
    expect(readdirSync(folder).sort()).toEqual(["1_Pooling", "config.json"]);
    expect(readFileSync(join(folder, "1_Pooling/config.json"), "utf8")).toBe("[]");
  });

  test("nobody else can read or change what native code will load", () => {
    const folder = unpackInto(source({ "lib/a.so": "elf" }), "lib", cache)!;
    expect(mode(folder)).toBe(0o700);
    expect(mode(cache)).toBe(0o700);
    expect(mode(join(folder, "a.so"))).toBe(0o600);
  });

  test("the second call writes nothing", () => {
    const files = source({ "lib/a.so": "elf" });
    const folder = unpackInto(files, "lib", cache)!;
    const before = statSync(join(folder, "a.so"));
    expect(unpackInto(files, "lib", cache)).toBe(folder);
    expect(statSync(join(folder, "a.so")).ino).toBe(before.ino);
    expect(readdirSync(cache)).toHaveLength(1);
  });

  test("another content gets another folder", () => {
    const one = unpackInto(source({ "lib/a.so": "one" }), "lib", cache);
    const two = unpackInto(source({ "lib/a.so": "two" }), "lib", cache);
    expect(one).not.toBe(two);
    expect(readdirSync(cache)).toHaveLength(2);
  });

  test("a torn copy is replaced, and nothing is left beside it", () => {
    const files = source({ "lib/a.so": "a whole library", "lib/b.so": "b" });
    const folder = unpackInto(files, "lib", cache)!;
    writeFileSync(join(folder, "a.so"), "a whole");
    rmSync(join(folder, "b.so"));
    expect(unpackInto(files, "lib", cache)).toBe(folder);
    expect(readFileSync(join(folder, "a.so"), "utf8")).toBe("a whole library");
    expect(readdirSync(cache)).toHaveLength(1);
  });

  test("what a killed process and an old version left goes when something new is unpacked, and nothing else", () => {
    const old = unpackInto(source({ "lib/a.so": "old" }), "lib", cache)!;
    const recent = unpackInto(source({ "lib/a.so": "recent" }), "lib", cache)!;
    const model = unpackInto(source({ "model/a.json": "{}" }), "model", cache)!;
    const days = (count: number) => new Date(Date.now() - count * 86_400_000);
    for (const name of [".unpacking-dead", ".unpacking-live", "something-else"]) mkdirSync(join(cache, name));
    utimesSync(join(cache, ".unpacking-dead"), days(1), days(1));
    for (const path of [old, model, join(cache, "something-else")]) utimesSync(path, days(31), days(31));
    const fresh = unpackInto(source({ "lib/a.so": "fresh" }), "lib", cache)!;
    const left = [".unpacking-live", "something-else", ...[recent, model, fresh].map((path) => basename(path))];
    expect(readdirSync(cache).sort()).toEqual(left.sort());
  });

  test("a folder that others can write is refused", () => {
    const files = source({ "lib/a.so": "elf" });
    const folder = unpackInto(files, "lib", cache)!;
    chmodSync(folder, 0o777);
    expect(() => unpackInto(files, "lib", cache)).toThrow("not a private folder");
  });

  test("an embedded file that is not what was built in is refused", () => {
    const files = source({ "lib/a.so": "elf" });
    writeFileSync(files.paths["lib/a.so"]!, "fle");
    expect(() => unpackInto(files, "lib", cache)).toThrow("differs from what was built in");
  });

  test("a cache folder that cannot be made is an error that names it and says what to set", () => {
    mkdirSync(join(dir, "cache"));
    writeFileSync(cache, "a file in the way");
    try {
      unpackInto(source({ "lib/a.so": "elf" }), "lib", cache);
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({ code: "unpack-failed", hint: expect.stringContaining("XDG_CACHE_HOME") });
    }
  });

  test("eight processes at once get one whole folder", async () => {
    const big = new Uint8Array(4 << 20).map((_, index) => index * 31);
    const files = source({ "lib/a.so": big, "lib/b.so": "b" });
    const script = `
      import { unpackInto } from ${JSON.stringify(join(import.meta.dir, "../../src/core/unpack.ts"))};
      import { readFileSync } from "node:fs";
      const folder = unpackInto(${JSON.stringify(files)}, "lib", ${JSON.stringify(cache)});
      console.log(Bun.SHA256.hash(readFileSync(folder + "/a.so"), "hex"));`;
    const runs = Array.from({ length: 8 }, () => Bun.spawn([process.execPath, "-e", script], { stderr: "inherit" }));
    const printed = await Promise.all(runs.map((run) => new Response(run.stdout).text()));
    expect(printed.map((line) => line.trim())).toEqual(Array(8).fill(sha256(big)));
    expect(readdirSync(cache)).toHaveLength(1);
  });
});

describe("in development", () => {
  test("nothing is embedded, so nothing is unpacked", () => {
    expect(unpackAssets("lib")).toBeUndefined();
    expect(unpackAsset("lib/libmlxc.so")).toBeUndefined();
  });
});

describe("userCacheDir", () => {
  test("XDG_CACHE_HOME counts when it is absolute", () => {
    const before = process.env.XDG_CACHE_HOME;
    try {
      process.env.XDG_CACHE_HOME = "/somewhere";
      expect(userCacheDir()).toBe("/somewhere/mdp");
      process.env.XDG_CACHE_HOME = "somewhere";
      expect(userCacheDir()).toStartWith("/");
    } finally {
      if (before === undefined) delete process.env.XDG_CACHE_HOME;
      else process.env.XDG_CACHE_HOME = before;
    }
  });
});
