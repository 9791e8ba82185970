/** PDF: pages, paragraphs, and a clear reason when there is no text. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makePdf } from "../../../scripts/fixtures/make-pdf.ts";
import { layoutPdf, layoutPdfPath } from "../../../scripts/fixtures/pdf-layout.ts";
import { openReaderPool, type ReaderPool } from "../../../src/ingest/read.ts";
import { readFile } from "../../support/read.ts";

setDefaultTimeout(300_000);

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

  test("columns, headings, a table, code and a list come in reading order, without headers and footers", async () => {
    expect(await Bun.file(layoutPdfPath).text()).toBe(layoutPdf());
    const { documents, rejects } = await readFile(layoutPdfPath, {}, { pool });
    expect(rejects).toEqual([]);
    const [document] = documents;
    expect(document!.text).toBe(LAYOUT);
    expect(document!.title).toBe("Reading the water");
    expect(document!.metadata).toEqual({ pages: 3, running_lines: 6 });
    const pageAt = (text: string) =>
      document!.segments.findLast((segment) => segment.start <= document!.text.indexOf(text))?.page;
    expect(["## Causes", "| Crail", "Add five", "2. Correct"].map(pageAt)).toEqual([1, 2, 2, 3]);
  });

  test("a table of contents has lines of its own, and accents before their letter are composed", async () => {
    const page = [
      "1. Causes . . . . . . . . . . 3",
      "2. Gauges . . . . . . . . . 12",
      "",
      "It was M\xa8uller... who said so",
    ];
    const { documents } = await read(makePdf({ pages: [page] }));
    expect(documents[0]!.text).toBe("1. Causes … 3\n2. Gauges … 12\n\nIt was Müller... who said so");
  });

  test.skipIf(Bun.which("pdftotext") === null)(
    "holds the words that pdftotext -layout reads of the fixture",
    async () => {
      const peer = Bun.spawnSync(["pdftotext", "-layout", layoutPdfPath, "-"]).stdout.toString();
      const words = (text: string) => (text.match(/[\p{L}\p{N}]+/gu) ?? []).sort();
      const body = peer.replace(/Harbour tide tables +Third edition|Page \d/g, "");
      // The peer leaves words hyphenated and lines of two columns side by side.
      const halves = new Set(["Har", "bours", "ther", "mometer"]);
      const joined = new Set(["Harbours", "thermometer"]);
      const [document] = (await readFile(layoutPdfPath, {}, { pool })).documents;
      expect(words(document!.text).filter((word) => !joined.has(word))).toEqual(
        words(body).filter((word) => !halves.has(word)),
      );
    },
  );
});

/** What the fixture says, as a person reads it. */
const LAYOUT = `# Reading the water

## Causes and gauges

The tide follows the moon and, more weakly, the sun. When both pull along one line the range is greatest; that is the spring tide. A week later their pulls oppose each other, and the water hardly moves: this is the neap. Harbours with a narrow mouth lag behind the open sea by up to two hours, and a well-known rule puts the lag at one minute for every metre.

Wind matters as well. A gale from the west can hold the ebb back for half a day.

Every harbour keeps a gauge on its longest pier. The keeper reads it four times a day and writes the height into the book beside the thermometer. Readings are in centimetres above the chart's zero, never in feet, and a reading that was missed is left blank rather than guessed.

At the end of the month the book goes to the office, where the means are formed and where the well-known rule is tested once more.

Both columns end here, and this sentence runs over the whole width of the page again, as the next one does too, so that its place is behind the columns and never between them.

## Heights by month

Mean heights of high water, in centimetres above the zero of the chart:

| Harbour | January | April | July |
| --- | --- | --- | --- |
| Anstruther | 512 | 498 | 475 |
| Crail | 507 | 491 | 468 |
| St Monans |  | 489 | 466 |
| Pittenweem | 510 | 496 | 471 |

The gap in the third row is a month in which the gauge was frozen, so that nothing could be read.

### Corrections

Add five centimetres for every ten hectopascals that the barometer stands below its mean.

## Computing a height

The office uses a short program:

\`\`\`
def height(mean, pressure):
    return mean + (1013 - pressure) / 2
\`\`\`

1. Read the mean from the table.
2. Correct it for the pressure.`;
