/** Office documents and books: what their text is, part by part, and what becomes of hostile and damaged ones. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { showNumber } from "../../../src/ingest/formats/shared/number-format.ts";
import { openReaderPool, type ReaderPool } from "../../../src/ingest/read.ts";
import { FORMAT_FIXTURES } from "../../contracts/format.ts";
import { readFile } from "../../support/read.ts";
import { zipOf } from "../../support/zip.ts";

setDefaultTimeout(300_000);

let dir = "";
let pool: ReaderPool;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "mdp-documents-"));
  pool = openReaderPool({ concurrency: 1, readTimeoutMs: 20_000, readMemoryBytes: 1_500_000_000 });
});
afterAll(async () => {
  await pool[Symbol.asyncDispose]();
  await rm(dir, { recursive: true, force: true });
});

async function read(name: string, bytes: Uint8Array, settings = {}) {
  await writeFile(join(dir, name), bytes);
  return readFile(join(dir, name), settings, { pool, named: true });
}
const fixture = (path: string) => readFile(join(FORMAT_FIXTURES, path), {}, { pool });

const relation = (id: string, type: string, target: string) =>
  `<Relationship Id="${id}" Type="http://x/${type}" Target="${target}"/>`;
const relations = (...all: string[]) => `<Relationships>${all.join("")}</Relationships>`;

function docx(body: string, parts: Record<string, string> = {}): Buffer {
  const kinds = Object.keys(parts).map((name) => relation(name, name, `${name}.xml`));
  return zipOf([
    { name: "[Content_Types].xml", content: "<Types/>" },
    { name: "_rels/.rels", content: relations(relation("r", "officeDocument", "word/document.xml")) },
    { name: "word/document.xml", content: `<w:document xmlns:w="w"><w:body>${body}</w:body></w:document>` },
    { name: "word/_rels/document.xml.rels", content: relations(...kinds) },
    ...Object.entries(parts).map(([name, content]) => ({ name: `word/${name}.xml`, content })),
  ]);
}
const p = (text: string, properties = "") => `<w:p><w:pPr>${properties}</w:pPr><w:r><w:t>${text}</w:t></w:r></w:p>`;

describe("Word", () => {
  test("fixture: headings, lists, a table with merged cells; the comment is left out", async () => {
    const { documents } = await fixture("docx/tides.docx");
    expect(documents[0]).toMatchObject({ title: "Tide tables explained", metadata: { author: "Ada Harbour" } });
    expect(documents[0]!.text).toBe(
      [
        "# Tide tables explained\n",
        "The moon pulls the sea, and the sea answers late.\n",
        "# Springs and neaps\n",
        "Spring tides follow full and new moons by two days.\nNeaps come between.\n",
        "- range is largest at springs\n- range is least at neaps\n- and lags grow in shallow water",
        "1. find the port\n2. find the day\n3. read the hour\n",
        "## Heights\n",
        "| Port | High \\| m | Low |\n| --- | --- | --- |\n| Brest | 7.1 | 1.3 |\n| Dover | 6.7 | 0.9 |\n| mean of both |  | 1.1 |\n",
        "Heights are above chart datum.",
      ].join("\n"),
    );
  });

  test("before 2007 gives the same paragraphs and tables, without headings and lists", async () => {
    const words = (text: string) => text.match(/[\p{L}\p{N}.]+/gu)!.filter((word) => !/^\d\.$/.test(word));
    const [today] = (await fixture("docx/tides.docx")).documents;
    const [old] = (await fixture("doc/tides.doc")).documents;
    expect(words(old!.text)).toEqual(words(today!.text));
    expect(old!.text).toContain("| Port | High \\| m | Low |\n| --- | --- | --- |\n| Brest | 7.1 | 1.3 |");
  });

  test("notes stand at the end in the order of their references; deleted and hidden text is not there", async () => {
    const reference = (id: number) => `<w:r><w:footnoteReference w:id="${id}"/></w:r>`;
    const body =
      `<w:p><w:r><w:t>One</w:t></w:r>${reference(7)}<w:r><w:t xml:space="preserve"> two</w:t></w:r>${reference(3)}` +
      `<w:del><w:r><w:delText>gone</w:delText></w:r></w:del><w:ins><w:r><w:t xml:space="preserve"> added</w:t></w:r></w:ins>` +
      "<w:r><w:rPr><w:vanish/></w:rPr><w:t>hidden</w:t></w:r></w:p>";
    const footnotes = `<w:footnotes xmlns:w="w"><w:footnote w:id="3">${p("Third.")}</w:footnote><w:footnote w:id="7">${p("Seventh.")}</w:footnote><w:footnote w:id="9">${p("Unused.")}</w:footnote></w:footnotes>`;
    const { documents } = await read("a.docx", docx(body, { footnotes }));
    expect(documents[0]?.text).toBe("One[^1] two[^2] added\n\n[^1]: Seventh.\n[^2]: Third.");
  });

  test("text boxes stand after their paragraph, once, and levels of styles are inherited", async () => {
    const box = `<w:txbxContent>${p("In the box.")}</w:txbxContent>`;
    const body = `${p("Head", '<w:pStyle w:val="Own"/>')}<w:p><w:r><w:t>Before.</w:t></w:r><w:r><AlternateContent><Choice>${box}</Choice><Fallback>${box}</Fallback></AlternateContent></w:r></w:p>${p("After.")}`;
    const styles = `<w:styles xmlns:w="w"><w:style w:type="paragraph" w:styleId="H3"><w:name w:val="heading 3"/></w:style><w:style w:type="paragraph" w:styleId="Own"><w:name w:val="Mine"/><w:basedOn w:val="H3"/></w:style></w:styles>`;
    const { documents } = await read("a.docx", docx(body, { styles }));
    expect(documents[0]?.text).toBe("### Head\n\nBefore.\n\nIn the box.\n\nAfter.");
  });

  test("a document type with entities is refused, not expanded", async () => {
    const bomb = `<!DOCTYPE d [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><w:document xmlns:w="w">${p("&b;")}</w:document>`;
    const bytes = zipOf([{ name: "word/document.xml", content: bomb }]);
    const { documents, rejects } = await read("a.docx", bytes);
    expect(documents).toEqual([]);
    expect(rejects).toMatchObject([{ code: "document-damaged", reason: expect.stringContaining("document type") }]);
  });

  test("elements nested a hundred thousand deep are refused", async () => {
    const deep = docx(`${"<w:sdt>".repeat(100_000)}${"</w:sdt>".repeat(100_000)}`);
    expect((await read("a.docx", deep)).rejects).toMatchObject([
      { code: "document-damaged", reason: expect.stringContaining("deeper than 256") },
    ]);
  });

  test("without its main part, without text, and over the limit each say what is wrong", async () => {
    const other = zipOf([{ name: "x.txt", content: "x" }]);
    expect((await read("a.docx", other)).rejects).toMatchObject([
      { code: "document-damaged", reason: expect.stringContaining("word/document.xml") },
    ]);
    expect((await read("a.docx", docx("<w:p/>"))).rejects).toMatchObject([{ code: "document-no-text" }]);
    const large = docx(p("word ".repeat(20_000)));
    expect((await read("a.docx", large, { maxDocumentBytes: 50_000 })).rejects).toMatchObject([
      { code: "document-too-large" },
    ]);
  });
});

test("PowerPoint fixture: slides in the order of the show with their numbers as pages, and notes", async () => {
  const { documents } = await fixture("pptx/harbour.pptx");
  const { text, segments } = documents[0]!;
  expect(text).toBe(
    [
      "## Harbour works\n\nWhat was built, and why",
      "## Costs\n\n| Year | Cost |\n| --- | --- |\n| 1894 | 12,000 |\n\nAll sums in pounds",
      "## The breakwater\n\n- Two kilometres of stone\n- Built in four summers\n  - the last one stormy",
      "Notes: Mention the storm of the third summer.",
    ].join("\n\n"),
  );
  expect(segments.map(({ start, page }) => [text.slice(start).split("\n")[0], page])).toEqual([
    ["## Harbour works", 1],
    ["## Costs", 2],
    ["## The breakwater", 3],
  ]);
});

describe("spreadsheets", () => {
  test("fixture: each row has its sheet, its columns and its values as they are shown", async () => {
    const { documents } = await fixture("xlsx/tides.xlsx");
    expect(documents.map(({ uri, text }) => [uri.slice(uri.indexOf("#")), text])).toEqual([
      [
        "#sheet=Tides#row=2",
        "Sheet: Tides\nPort: Brest\nDate: 05.03.2024\nHeight: 7.13\nShare: 37.5%\nCost: 1,234,567.50 EUR\nOpen: TRUE",
      ],
      [
        "#sheet=Tides#row=3",
        "Sheet: Tides\nPort: Dover\nDate: 24.12.2024\nHeight: 6.70\nShare: 50.0%\nCost: -12.25 EUR\nOpen: FALSE",
      ],
      ["#sheet=Harbour%20%26%20co#row=1", "Sheet: Harbour & co\nA: Notes of the harbour master"],
      ["#sheet=Harbour%20%26%20co#row=4", "Sheet: Harbour & co\nCode: 1\nMeaning: The gate is shut"],
      ["#sheet=Harbour%20%26%20co#row=5", "Sheet: Harbour & co\nCode: 2\nMeaning: The gate is\nopen"],
    ]);
    expect(documents.map(({ row, segments }) => [row, segments[0]!.line, segments[0]!.page])).toEqual([
      [2, 2, 1],
      [3, 3, 1],
      [1, 1, 2],
      [4, 4, 2],
      [5, 5, 2],
    ]);
  });

  test("of Excel before 2007 gives what today's does: LibreOffice wrote the one from the other", async () => {
    const texts = (result: { documents: { text: string }[] }) => result.documents.map(({ text }) => text);
    const today = texts(await fixture("xlsx/tides.xlsx"));
    // LibreOffice has computed the formula, whose result openpyxl left open.
    const computed = "Sheet: Harbour & co\nMeaning: 3";
    expect(texts(await fixture("xls/tides.xls"))).toEqual([...today, computed]);
  });

  test("OpenDocument fixture: sheets follow each other", async () => {
    const { documents } = await fixture("ods/lamps.ods");
    expect(documents.map(({ text, segments }) => [text, segments[0]!.page])).toEqual([
      ["Sheet: Lamps\nLamp: North\nRange: 18", 1],
      ["Sheet: Lamps\nLamp: South\nRange: 12", 1],
      ["Sheet: Keepers\nName: Ann\nSince: 1891", 2],
    ]);
  });

  test("a sheet of 100,000 rows is streamed in little memory", async () => {
    const rows = Array.from(
      { length: 100_000 },
      (_, i) =>
        `<row r="${i + 1}"><c r="A${i + 1}"><v>${i}</v></c><c r="B${i + 1}" t="inlineStr"><is><t>row ${i * 7919}</t></is></c></row>`,
    );
    const book = zipOf([
      {
        name: "xl/workbook.xml",
        content: '<workbook><sheets><sheet name="S" r:id="a" xmlns:r="r"/></sheets></workbook>',
      },
      { name: "xl/_rels/workbook.xml.rels", content: relations(relation("a", "worksheet", "s.xml")) },
      { name: "xl/s.xml", content: `<worksheet><sheetData>${rows.join("")}</sheetData></worksheet>` },
    ]);
    await using small = openReaderPool({ concurrency: 1, readTimeoutMs: 20_000, readMemoryBytes: 250_000_000 });
    const path = join(dir, "large.xlsx");
    await writeFile(path, book);
    let documents = 0;
    const request = { path, uri: "large.xlsx", format: "xlsx", options: { maxDocumentBytes: 1_000 } };
    for await (const read of small.read(request)) {
      expect(read).toHaveProperty("document");
      documents++;
    }
    expect(documents).toBe(100_000);
  });

  test.each([
    [45_356.395_833_333, "yyyy-mm-dd hh:mm", "2024-03-05 09:30"],
    [45_356, "dd.mm.yyyy", "05.03.2024"],
    [45_356, 'd" of "mmmm yy', "5 of March 24"],
    [45_356, "ddd, mmm d", "Tue, Mar 5"],
    [0.75, "h:mm AM/PM", "6:00 PM"],
    [0.520_833_333, "hh:mm:ss", "12:30:00"],
    [1.5, "[h]:mm", "36:00"],
    [59, "yyyy-mm-dd", "1900-02-28"],
    [1_234.567, "General", "1234.567"],
    [0.1 + 0.2, "General", "0.3"],
    [1_234_567.891, "#,##0.00", "1,234,567.89"],
    [1.005, "0.00", "1.01"],
    [0.256, "0%", "26%"],
    [-5, "0;(0)", "(5)"],
    [1_234.5, "[$€-407] #,##0.00", "€ 1,234.50"],
    [12_345, "0.00E+00", "1.23E+04"],
    [2.5, "0.0##", "2.5"],
    [7, "000", "007"],
  ])("%p in the format %p is shown as %p", (value, code, shown) => {
    expect(showNumber(value, code)).toBe(shown);
  });
});

test("OpenDocument fixtures: lists, tables, notes; slides with their titles first", async () => {
  expect((await fixture("opendocument/diary.odt")).documents[0]!.text).toBe(
    "# A keeper's diary\n\nThe lamp was lit at six[^1], and burned till dawn.\n\n## Stores\n\n- oil\n- wicks\n\n| Item | Left |\n| --- | --- |\n| oil | 40 l |\n\n[^1]: Local time.",
  );
  const { text, segments } = (await fixture("opendocument/lamps.odp")).documents[0]!;
  expect(text).toBe("## Lamps\n\nOil came first\n\n## Lenses\n\nFresnel made them thin");
  expect(segments.map(({ page }) => page)).toEqual([1, 2]);
});

describe("EPUB", () => {
  test("fixture: chapters in the order of the spine, without the table of contents", async () => {
    const { documents } = await fixture("epub/tides.epub");
    expect(documents[0]).toMatchObject({
      title: "A small book of tides",
      lang: "en",
      metadata: { author: "Ada Harbour" },
    });
    expect(documents[0]!.text).toBe(
      "# The moon\n\nThe moon draws the water up.\n\n- twice a day\n\n# The coast\n\n## Bays\n\nBays make the tide higher & later.",
    );
    expect(documents[0]!.segments.map(({ page }) => page)).toEqual([1, 2]);
  });

  test("with encrypted chapters is refused, with obscured fonts only it is read", async () => {
    const book = (locked: string) =>
      zipOf([
        { name: "META-INF/container.xml", content: '<container><rootfile full-path="o/b.opf"/></container>' },
        { name: "META-INF/encryption.xml", content: `<encryption><CipherReference URI="${locked}"/></encryption>` },
        {
          name: "o/b.opf",
          content:
            '<package><manifest><item id="a" href="a%20b.xhtml" media-type="application/xhtml+xml"/></manifest><spine><itemref idref="a"/></spine></package>',
        },
        { name: "o/a b.xhtml", content: "<p>Words.</p>" },
      ]);
    expect((await read("a.epub", book("o/a%20b.xhtml"))).rejects).toMatchObject([{ code: "document-encrypted" }]);
    expect((await read("a.epub", book("o/f.otf"))).documents).toMatchObject([{ text: "Words." }]);
  });
});
