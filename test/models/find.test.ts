/** Goal: a model's name or path leads to its folder, or to an error that tells every place that was tried. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sha256 } from "../../src/core/hash.ts";
import { rememberedSha256 } from "../../src/models/file-hash.ts";
import { DEFAULT_MODEL, type FindModelOptions, findModel } from "../../src/models/find.ts";

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "mdp-find-"));
});
afterAll(() => rmSync(root, { recursive: true }));

function model(...path: string[]): string {
  const dir = join(root, ...path);
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, "config.json"), "{}");
  return dir;
}

const find = (name: string, options: FindModelOptions = {}) =>
  findModel(name, {
    environment: { MDP_MODELS: join(root, "cache") },
    embedded: () => undefined,
    repository: join(root, "repository"),
    ...options,
  });

describe("a model's name", () => {
  test("that is a GGUF file leads to the command that makes a folder of it", () => {
    const file = join(root, "some.gguf");
    expect(() => find(file)).toThrow(/was not found/);
    writeFileSync(file, "GGUF");
    expect(() => find(file)).toThrow(
      expect.objectContaining({
        code: "model-unsupported",
        hint: `make a folder of it with mdp model convert --model ${file} --mlx-path DIR`,
      }),
    );
  });

  test("leads to the cache, before the repository", () => {
    const inRepository = model("repository", ".models", "one");
    expect(find("one")).toEqual({ dir: inRepository, embedded: false });
    const inCache = model("cache", "one");
    expect(find("one")).toEqual({ dir: inCache, embedded: false });
  });

  test("may be a folder here, where convert and fuse write; the cache comes first", () => {
    const before = process.cwd();
    try {
      process.chdir(root);
      const here = model("tuned");
      expect(find("tuned").dir).toBe(here);
      const cached = model("cache", "tuned");
      expect(find("tuned").dir).toBe(cached);
    } finally {
      process.chdir(before);
    }
  });

  test("may hold an organisation", () => {
    const dir = model("cache", "org", "two");
    expect(find("org/two").dir).toBe(dir);
  });

  test("of the default leads to the embedded files first; no other name does", () => {
    model("cache", DEFAULT_MODEL);
    const embedded = () => "/embedded";
    expect(find(DEFAULT_MODEL, { embedded })).toEqual({ dir: "/embedded", embedded: true });
    expect(() => find("three", { embedded })).toThrow("was not found");
  });

  test("that leads nowhere is an error with each place and what to do", () => {
    expect(() => find("missing")).toThrow(join(root, "cache", "missing"));
    expect(() => find("missing")).toThrow(join(root, "repository", ".models", "missing"));
    expect(() => find("missing", { repository: null })).not.toThrow(".models");
    try {
      find(DEFAULT_MODEL, { environment: { MDP_MODELS: join(root, "empty") } });
    } catch (error) {
      expect(error).toMatchObject({ code: "model-not-found", hint: "run scripts/setup.sh" });
    }
  });
});

describe("the id of a model on the hub", () => {
  const commit = "a".repeat(40);
  const snapshot = () => {
    const dir = model("hub", "models--org--name", "snapshots", commit);
    mkdirSync(join(root, "hub/models--org--name/refs"), { recursive: true });
    writeFileSync(join(root, "hub/models--org--name/refs/main"), commit);
    return dir;
  };
  const environment = () => ({ MDP_MODELS: join(root, "cache"), HF_HUB_CACHE: join(root, "hub") });

  test("leads to its snapshot in the hub's cache, by branch or commit, after the model cache", () => {
    const dir = snapshot();
    expect(find("org/name", { environment: environment() }).dir).toBe(dir);
    expect(find(`org/name@${commit}`, { environment: environment() }).dir).toBe(dir);
    const own = model("cache", "org", "name");
    expect(find("org/name", { environment: environment() }).dir).toBe(own);
  });

  test("that is not there says how to get it", () => {
    for (const name of ["org/none", "org/name@v9"]) {
      const look = () => find(name, { environment: environment() });
      expect(look).toThrow(join(root, "hub", "models--org--"));
      try {
        look();
      } catch (error) {
        expect(error).toMatchObject({
          code: "model-not-found",
          hint: expect.stringContaining(`mdp model get ${name}`),
        });
      }
    }
  });

  test("never leads out of the cache", () => {
    mkdirSync(join(root, "hub/models--org--name/refs"), { recursive: true });
    writeFileSync(join(root, "hub/models--org--name/refs/evil"), "../../../elsewhere/four");
    expect(() => find("org/name@evil", { environment: environment() })).toThrow("was not found");
    expect(() => find("org/name@../../refs/main", { environment: environment() })).toThrow("was not found");
  });
});

describe("a path", () => {
  test("is taken as it is", () => {
    const dir = model("elsewhere", "four");
    expect(find(dir)).toEqual({ dir, embedded: false });
  });

  test("that is not there is in the error", () => {
    expect(() => find("./no/such/model")).toThrow(join(process.cwd(), "no/such/model"));
  });
});

describe("the hash of a file", () => {
  test("is remembered until the file changes", async () => {
    const file = join(root, "weights");
    const notes = join(root, "notes");
    const write = (text: string, seconds: number) => {
      writeFileSync(file, text);
      utimesSync(file, seconds, seconds);
    };
    write("one", 1_000_000);
    expect(await rememberedSha256(file, notes)).toBe(sha256("one"));
    // Same size and time: what was remembered stands, and shows that the file was not read again.
    write("two", 1_000_000);
    expect(await rememberedSha256(file, notes)).toBe(sha256("one"));
    write("two", 1_000_005);
    expect(await rememberedSha256(file, notes)).toBe(sha256("two"));
  });

  test("is right where nothing can be remembered", async () => {
    const file = join(root, "weights2");
    writeFileSync(file, "three");
    expect(await rememberedSha256(file, file)).toBe(sha256("three"));
  });
});
