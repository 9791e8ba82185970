/** Vectors of two models never meet in one table. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { MODEL_DIR } from "../support/peers.ts";
import { TempProject } from "../support/project.ts";

let project: TempProject;
let other: string;

beforeAll(async () => {
  project = new TempProject({ "docs/a.md": "# Apples\n\nApples keep for months in a cool cellar.\n" });
  other = project.path("models/other");
  cpSync(MODEL_DIR, other, { recursive: true });
  // The same weights under another pooling make other vectors of the same length: the mix that nobody would notice.
  const config = JSON.parse(readFileSync(`${other}/1_Pooling/config.json`, "utf8"));
  const cls = { ...config, pooling_mode_mean_tokens: false, pooling_mode_cls_token: true };
  writeFileSync(`${other}/1_Pooling/config.json`, JSON.stringify(cls));
  expect((await project.run("ingest", "docs")).code).toBe(0);
});
afterAll(() => project[Symbol.dispose]());

describe("another embedding model", () => {
  test("is refused by an ingest, even when no file has changed, and says what to do", async () => {
    const run = await project.run("ingest", "docs", "--model", other);
    expect(run.code).toBe(1);
    expect(run.stderr).toContain("all-MiniLM-L6-v2");
    expect(run.stderr).toContain("hint");
    expect((await project.run("ingest", "docs")).code).toBe(0);
  });

  test("is refused by a search", async () => {
    const run = await project.run("search", "fruit storage", "--model", other);
    expect([run.code, run.stdout]).toEqual([1, ""]);
    expect(run.stderr).toContain("all-MiniLM-L6-v2");
  });

  test("does not matter to a search by words alone", async () => {
    const run = await project.run("search", "apples", "--text", "--model", other);
    expect([run.code, run.stderr]).toEqual([0, ""]);
  });
});
