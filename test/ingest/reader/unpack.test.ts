/** Files that are compressed as a whole are read as what is inside. */
import { describe, expect, test } from "bun:test";
import { gzipSync } from "node:zlib";
import { TempProject } from "../../support/project.ts";

const rows = Array.from({ length: 3_000 }, (_, i) => `{"id":"r${i}","text":"Row ${i} tells of the weather."}\n`).join(
  "",
);
const gz = (text: string) => gzipSync(text);
const zst = (text: string) => Bun.zstdCompressSync(Buffer.from(text));
/** A frame of zstd that holds something else, as parallel compressors write. */
const skippable = Buffer.from([0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);

interface Report {
  documents: number;
  kept: number;
  rejects: number;
  inputs: { skipped: Record<string, number> };
}
const read = (project: TempProject) => project.json<Report>("curate", "raw", "--out", "out", "--preset", "none");

describe("compressed files", () => {
  test.each([
    ["gzip", gz(rows), "rows.jsonl.gz"],
    ["zstd", zst(rows), "rows.jsonl.zst"],
    ["gzip of several members", Buffer.concat([gz(rows.slice(0, 9_000)), gz(rows.slice(9_000))]), "rows.jsonl.gz"],
    [
      "zstd of several frames",
      Buffer.concat([skippable, zst(rows.slice(0, 9_000)), zst(rows.slice(9_000))]),
      "r.jsonl.zst",
    ],
  ])("%s gives every row", async (_, bytes, name) => {
    using project = new TempProject({ [`raw/${name}`]: bytes });
    expect(await read(project)).toMatchObject({ documents: 3_000, kept: 3_000, rejects: 0 });
  });

  test("are found by mdp ingest as well, and known by their own names", async () => {
    using project = new TempProject({ "docs/note.md.gz": gz("# Pump\n\nThe pump failed on Monday.\n") });
    expect(await project.json("ingest", "docs")).toMatchObject({ added: 1, failed: 0 });
    const { hits } = await project.json<{ hits: { path: string; kind: string }[] }>("search", "pump");
    expect(hits[0]).toMatchObject({ path: "docs/note.md.gz", kind: "markdown" });
  });

  test.each([
    ["gzip", gz(rows), "rows.jsonl.gz"],
    ["zstd", zst(rows), "rows.jsonl.zst"],
  ])("%s that is cut is a reject that says so, with the rows before it kept", async (_, bytes, name) => {
    using project = new TempProject({ [`raw/${name}`]: bytes.subarray(0, bytes.length - 20), "raw/good.txt": "Good." });
    const run = await project.run("curate", "raw", "--out", "out", "--preset", "none", "--json");
    const report = JSON.parse(run.stdout) as Report;
    expect([run.code, report.rejects]).toEqual([1, 1]);
    expect(report.documents).toBeGreaterThanOrEqual(1);
  });

  test("that hold a program are left out", async () => {
    using project = new TempProject({
      "raw/tool.gz": gzipSync(Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 0, 0, 1, 0, 0])),
      "raw/good.txt": "Good.",
    });
    expect(await read(project)).toMatchObject({ documents: 1, inputs: { skipped: { binary: 1 } } });
  });
});
