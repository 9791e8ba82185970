/** Documents between two stages come back as they went in, in order and one by one. */
import { expect, test } from "bun:test";
import { truncateSync, writeFileSync } from "node:fs";
import { DocumentFile, DocumentFileWriter, type DocumentRecord } from "../../src/curate/document-file.ts";
import { TempProject } from "../support/project.ts";

const record = (uri: string): DocumentRecord => ({
  uri,
  kind: "text",
  title: "t",
  lang: null,
  metadata: { n: 1 },
  scores: { "a.b": 0.5 },
  tags: {},
});

test("documents of any size come back, in any order", async () => {
  using project = new TempProject();
  const texts = Array.from({ length: 500 }, (_, i) => `${i} ü😀\0 `.repeat(i === 77 ? 90_000 : (i * 37) % 900));
  const writer = await DocumentFileWriter.create(project.path("a.docs"));
  for (const [i, text] of texts.entries()) await writer.add(record(`doc-${i}`), text);
  await writer.finish();

  using file = new DocumentFile(project.path("a.docs"));
  expect(file.count).toBe(500);
  for (const i of [499, 0, 77, 78, 76, 250, 77]) {
    expect(file.text(i) === texts[i]).toBe(true);
    expect(file.record(i)).toEqual(record(`doc-${i}`));
  }
  for (const [i, text] of texts.entries()) expect(file.text(i) === text).toBe(true);
});

test("a file without documents is a file", async () => {
  using project = new TempProject();
  await (await DocumentFileWriter.create(project.path("a.docs"))).finish();
  using file = new DocumentFile(project.path("a.docs"));
  expect(file.count).toBe(0);
});

test("a file that was cut off, or is something else, is refused", async () => {
  using project = new TempProject();
  const writer = await DocumentFileWriter.create(project.path("a.docs"));
  await writer.add(record("a"), "text");
  await writer.finish();
  truncateSync(project.path("a.docs"), 40);
  expect(() => new DocumentFile(project.path("a.docs"))).toThrow("damaged");
  writeFileSync(project.path("b.docs"), "x");
  expect(() => new DocumentFile(project.path("b.docs"))).toThrow("damaged");
});
