/** The corpus of hostile files: each comes to what it must, in a folder read as a whole, without a hang. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as v from "valibot";
import { type HostileFile, makeHostile } from "../../../scripts/fixtures/hostile.ts";
import type { Reject } from "../../../src/core/document.ts";
import { projectAt, uriOf } from "../../../src/core/project.ts";
import { IngestSettings } from "../../../src/ingest/config.ts";
import { openReaderPool, readItem } from "../../../src/ingest/read.ts";
import { listLocal } from "../../../src/ingest/sources/local.ts";
import type { Skip } from "../../../src/ingest/sources/source.ts";

setDefaultTimeout(300_000);

let dir = "";
let files: HostileFile[] = [];
const documents = new Map<string, number>();
const rejects: Reject[] = [];
const skips = new Map<string, Skip>();

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "mdp-hostile-"));
  files = await makeHostile(dir, { large: true, tiny: 500 });
  const project = projectAt(dir);
  const settings = v.parse(IngestSettings, {});
  const onSkip = (skip: Skip) => skips.set(skip.path, skip);
  const onReject = (reject: Reject) => rejects.push(reject);
  await using pool = openReaderPool(settings);
  for await (const item of listLocal(project, dir, settings, { onSkip, onReject })) {
    for await (const read of readItem(item, settings, { pool, onSkip })) {
      if ("reject" in read) rejects.push(read.reject);
      else documents.set(item.uri, (documents.get(item.uri) ?? 0) + 1);
    }
  }
});
afterAll(() => rm(dir, { recursive: true, force: true }));

test("every file comes to what it must: documents, a named reject, both, or a counted skip", () => {
  const project = projectAt(dir);
  const come = files.map(({ path }) => {
    const uri = uriOf(project, path);
    const found = rejects.filter((reject) => reject.uri === uri);
    const outcome = skips.has(path) ? "skip" : found.length === 0 ? "document" : documents.has(uri) ? "both" : "reject";
    return {
      path,
      outcome,
      code: found[0]?.code,
      read: outcome === "reject" || outcome === "skip" || documents.has(uri),
    };
  });
  const expected = files.map(({ path, outcome, code }) => ({
    path,
    outcome,
    code: outcome === "reject" || outcome === "both" ? code : undefined,
    read: true,
  }));
  expect(come).toEqual(expected);
});

test("every reject says why, and what to do next", () => {
  for (const { reason, hint } of rejects) {
    expect(reason.length).toBeGreaterThan(10);
    expect(hint?.length).toBeGreaterThan(10);
  }
});

test("rows around a bad one are all there", () => {
  expect(documents.get("bad-row.jsonl")).toBe(2);
  expect(documents.get("ragged.csv")).toBe(2);
  expect(documents.get("stray-quote.csv")).toBe(3);
  expect(documents.get("one-line-100mb.jsonl")).toBe(2);
});
