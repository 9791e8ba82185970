/** Generated files through the command line: left alone and named, and taken when they are asked for. */
import { describe, expect, test } from "bun:test";
import { renameSync, rmSync } from "node:fs";
import type { IngestReport } from "../../src/pipelines/ingest.ts";
import type { ListedFile } from "../../src/pipelines/list.ts";
import type { FileReport, LeftOutReport } from "../../src/pipelines/why.ts";
import { TempProject } from "../support/project.ts";

const MINIFIED = "var pelican=function(b,c){return b?c(b):null},d={e:1,f:[2,3]};".repeat(40);
const LOCK = '{"lockfileVersion":3,"packages":{"heron":{"version":"1.0.0"}}}';
const FILES = {
  "src/app.js": "/** Greets a stork. */\nexport function greet(stork) {\n  return stork.name;\n}\n",
  "src/vendor.js": MINIFIED,
  "src/package-lock.json": LOCK,
  "src/package.json": '{"name":"storks","description":"a shelf of birds"}',
};
const LEFT = ["src/package-lock.json", "src/vendor.js"];

const ingest = (project: TempProject, ...args: string[]) => project.json<IngestReport>("ingest", ...args);
const left = async (project: TempProject) => {
  const { stdout } = await project.run("list", "--skipped", "--json");
  const lines = stdout.split("\n").filter((line) => line !== "");
  return lines.map((line) => (JSON.parse(line) as ListedFile).path);
};

describe("an ingest", () => {
  test("leaves generated files alone, counts them each time, and lists them", async () => {
    using project = new TempProject(FILES);
    expect(await ingest(project, "src")).toMatchObject({ scanned: 4, added: 2, failed: 0, skipped: { generated: 2 } });
    expect(await left(project)).toEqual(LEFT);
    const { stdout } = await project.run("ingest", "src");
    expect(stdout).toContain("4 files: 2 unchanged");
    expect(stdout).toContain("skipped: 2 generated (mdp list --skipped; --generated takes them in)");
  });

  test("takes them in with --generated and lets them go without it, and reads little else again", async () => {
    using project = new TempProject(FILES);
    const { chunks } = await ingest(project, "src");
    const taken = await ingest(project, "src", "--generated");
    expect(taken).toMatchObject({ added: 2, updated: 0, unchanged: 2, skipped: {} });
    expect(taken.chunks.total).toBeGreaterThan(chunks.total);
    expect(await ingest(project, "src", "--generated")).toMatchObject({ added: 0, unchanged: 4, skipped: {} });
    const gone = await ingest(project, "src");
    expect(gone).toMatchObject({ added: 0, updated: 0, skipped: { generated: 2 }, chunks: { embedded: 0 } });
    expect(gone.chunks.total).toBe(chunks.total);
    expect((await project.run("search", "--text", "heron", "pelican")).stdout).not.toContain("vendor");
  });

  test("takes a file that is named, and keeps it when its folder is ingested afterwards", async () => {
    using project = new TempProject(FILES);
    await ingest(project, "src");
    expect(await ingest(project, "src/vendor.js")).toMatchObject({ added: 1, skipped: {} });
    expect(await ingest(project, "src")).toMatchObject({ unchanged: 3, skipped: { generated: 1 } });
    expect(await left(project)).toEqual(["src/package-lock.json"]);
    rmSync(project.path("src/vendor.js"));
    expect(await ingest(project, "src")).toMatchObject({ deleted: 1, unchanged: 2 });
  });

  test("takes files of a list, and those that a glob asks for", async () => {
    using project = new TempProject({ ...FILES, "src/lib.min.js": MINIFIED });
    expect(await ingest(project, "src", "src/vendor.js")).toMatchObject({ added: 3, skipped: { generated: 2 } });
    expect(await ingest(project, "src/*.min.js")).toMatchObject({ added: 1, skipped: {} });
    const { mdp } = await import("../support/project.ts");
    const run = await mdp(["ingest", "-", "--json"], { cwd: project.dir, stdin: "src/package-lock.json\n" });
    expect(JSON.parse(run.stdout)).toMatchObject({ added: 1, skipped: {} });
    expect(await left(project)).toEqual([]);
  });

  test("judges a file again when it changes, or gets a name that says it", async () => {
    using project = new TempProject(FILES);
    await ingest(project, "src");
    project.write("src/vendor.js", FILES["src/app.js"].replace("stork", "crane"));
    expect(await ingest(project, "src")).toMatchObject({ added: 1, skipped: { generated: 1 } });
    renameSync(project.path("src/vendor.js"), project.path("src/vendor.min.js"));
    expect(await ingest(project, "src")).toMatchObject({ moved: 0, deleted: 1, skipped: { generated: 2 } });
  });

  test("takes them in when the settings of the project say so", async () => {
    using project = new TempProject({ ...FILES, "mdp.yaml": "ingest:\n  generated: true\n" });
    expect(await ingest(project, "src")).toMatchObject({ added: 4, skipped: {} });
    expect(await ingest(project, "src", "--no-generated")).toMatchObject({ added: 0, skipped: { generated: 2 } });
  });
});

test("why names the rule and how to have the file, before and after an ingest", async () => {
  using project = new TempProject(FILES);
  await ingest(project, "src");
  const lock = await project.json<FileReport>("why", "src/package-lock.json");
  expect(lock).toMatchObject({ about: "file", outcome: "skipped", documents: 0 });
  expect(lock.reason).toBe(
    'it is plainly generated (a lock file); "mdp ingest src/package-lock.json" takes it, --generated takes all such files',
  );
  project.write("src/new.min.js", MINIFIED);
  expect(await project.json<LeftOutReport>("why", "src/new.min.js")).toMatchObject({
    about: "no-record",
    leftOut: { reason: "generated", detail: "minified by its name" },
  });
});

test("training data keeps them, as it keeps everything that it can read", async () => {
  using project = new TempProject(FILES);
  const run = await project.run("curate", "src", "--out", "out", "--json");
  expect(JSON.parse(run.stdout)).toMatchObject({ documents: 4 });
});
