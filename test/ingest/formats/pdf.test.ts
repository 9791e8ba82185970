/** PDF: pages, paragraphs, and a clear reason when there is no text. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makePdf } from "../../../scripts/fixtures/make-pdf.ts";
import { openReaderPool, type ReaderPool } from "../../../src/ingest/read.ts";
import { readFile } from "../../support/read.ts";

setDefaultTimeout(60_000);

let dir = "";
let pool: ReaderPool;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "mdp-pdf-"));
  pool = openReaderPool({ concurrency: 1, readTimeoutMs: 60_000, readMemoryBytes: 1_500_000_000 });
});
afterAll(async () => {
  await pool[Symbol.asyncDispose]();
  await rm(dir, { recursive: true, force: true });
});

async function read(content: Uint8Array) {
  await writeFile(join(dir, "a.pdf"), content);
  return readFile(join(dir, "a.pdf"), {}, { pool });
}

const long = "This line is as long as the lines of a paragraph in a book usually are, or so";

describe("pdf", () => {
  test("joins lines to paragraphs, mends hyphens, keeps short lines, and knows its pages", async () => {
    const page = ["Heading", "", `${long} hyphen-`, `ated, ${long}`, "ends here.", "", "item one", "item two"];
    const { documents } = await read(makePdf({ pages: [page, ["Second (page) \\ text"]], title: "The title" }));
    const [document] = documents;
    expect(document!.text).toBe(
      `Heading\n\n${long} hyphenated, ${long} ends here.\n\nitem one\nitem two\n\nSecond (page) \\ text`,
    );
    expect(document).toMatchObject({ title: "The title", kind: "pdf", metadata: { pages: 2 } });
    const pageAt = (text: string) =>
      document!.segments.findLast((segment) => segment.start <= document!.text.indexOf(text))?.page;
    expect([pageAt("Heading"), pageAt("item two"), pageAt("Second")]).toEqual([1, 1, 2]);
  });

  test("notes the pages that hold only images", async () => {
    const { documents } = await read(makePdf({ pages: [null, ["Text on the second page"]] }));
    expect(documents[0]!.metadata).toEqual({ pages: 2, note: "1 of 2 pages have no text" });
    expect(documents[0]!.segments[0]!.page).toBe(2);
  });

  test("opens a file that is encrypted with an empty password, and names one that needs another", async () => {
    expect((await read(makePdf({ pages: [["Readable"]], userPassword: "" }))).documents[0]!.text).toBe("Readable");
    const { documents, rejects } = await read(makePdf({ pages: [["Secret"]], userPassword: "x" }));
    expect(documents).toEqual([]);
    expect(rejects).toMatchObject([{ code: "pdf-encrypted", hint: expect.stringContaining("qpdf") }]);
  });

  test("names images without text, damage, and nonsense", async () => {
    expect((await read(makePdf({ pages: [null] }))).rejects).toMatchObject([
      { code: "pdf-no-text", hint: expect.stringContaining("ocrmypdf") },
    ]);
    const whole = makePdf({ pages: [["One"], ["Two"]] });
    expect((await read(whole.subarray(0, 500))).rejects).toMatchObject([{ code: "pdf-damaged" }]);
    expect((await read(Buffer.from("%PDF-1.4\nnonsense"))).rejects).toMatchObject([{ code: "pdf-damaged" }]);
  });

  test("reads what is left of a file that lost its end, and says so", async () => {
    const whole = makePdf({ pages: [["One"], ["Two"]] });
    const withoutEnd = Buffer.concat([
      whole.subarray(0, whole.indexOf("xref")),
      Buffer.from("trailer\n<< /Root 1 0 R >>\n"),
    ]);
    const { documents, rejects } = await read(withoutEnd);
    expect(documents.map((document) => document.text)).toEqual(["One\n\nTwo"]);
    expect(rejects).toMatchObject([{ code: "pdf-truncated" }]);
  });
});
