/** PDF: the text of each page in reading order, with headings, paragraphs, tables and code; pages kept. */
import { getDocumentProxy } from "unpdf";
import type { Metadata, Read } from "../../core/document.ts";
import { MdpError, messageOf } from "../../core/errors.ts";
import type { Format, FormatInput, ReadOptions } from "./format.ts";
import { BlockWriter } from "./shared/block-writer.ts";
import { fileDocument, joinNotes, readAll } from "./shared/document.ts";
import { extensions } from "./shared/names.ts";
import { isBoldName, typographyOf } from "./shared/pdf/headings.ts";
import { blocksOf } from "./shared/pdf/layout.ts";
import { dropRunning, type PageRows } from "./shared/pdf/margins.ts";
import { rowsOf, turned } from "./shared/pdf/rows.ts";
import { settle, writeBlocks } from "./shared/pdf/write.ts";

const pdf: Format = {
  name: "pdf",
  extensions: extensions.pdf,
  binary: true,
  rows: false,
  read,
};
export default pdf;

type Proxy = Awaited<ReturnType<typeof getDocumentProxy>>;

async function* read(input: FormatInput, options: ReadOptions): AsyncGenerator<Read, void, undefined> {
  const bytes = await readAll(input, options);
  const truncated = !endsLikePdf(bytes);
  const proxy = await open(bytes);
  try {
    const { writer, blank, failed, dropped } = await readPages(proxy);
    const pages = proxy.numPages;
    if (writer.isEmpty) throw withoutText(pages, failed, truncated);
    const about = await describe(proxy);
    const blankNote = blank > 0 ? `${blank} of ${pages} pages have no text` : undefined;
    yield fileDocument(input, undefined, {
      kind: "pdf",
      title: about.title ?? firstLine(writer.text),
      text: writer.text,
      segments: writer.segments,
      metadata: {
        pages,
        ...about.metadata,
        ...(dropped > 0 ? { running_lines: dropped } : {}),
        ...joinNotes(blankNote, ...failed),
      },
    });
    if (truncated) {
      const reason = `the file ends early; what is left of its text (${pages} pages) was read`;
      yield { reject: { uri: input.uri, code: "pdf-truncated", reason, hint: "get the whole file again" } };
    } else if (failed.length > 0) {
      const hint = "the other pages were read; repair the file, for example with qpdf or mutool clean";
      yield { reject: { uri: input.uri, code: "pdf-damaged", reason: failed.join("; "), hint } };
    }
  } finally {
    await proxy.loadingTask.destroy();
  }
}

/** Opens with an empty password, which many protected files have. */
async function open(bytes: Uint8Array): Promise<Proxy> {
  try {
    return await getDocumentProxy(bytes, { verbosity: 0, password: "", stopAtErrors: false });
  } catch (error) {
    if ((error as Error | undefined)?.name === "PasswordException") {
      throw new MdpError({
        code: "pdf-encrypted",
        message: "the PDF needs a password",
        hint: "save a copy without one, for example: qpdf --decrypt --password=… in.pdf out.pdf",
      });
    }
    throw new MdpError({
      code: "pdf-damaged",
      message: `the PDF cannot be opened: ${messageOf(error)}`,
      hint: "get the file again, or repair it, for example with qpdf or mutool clean",
    });
  }
}

interface Page extends PageRows {
  number: number;
  rotated: readonly string[];
}

async function readPages(
  proxy: Proxy,
): Promise<{ writer: BlockWriter; blank: number; failed: string[]; dropped: number }> {
  const pages: Page[] = [];
  const failed: string[] = [];
  for (let number = 1; number <= proxy.numPages; number++) {
    try {
      const page = await proxy.getPage(number);
      const { items, styles } = await page.getTextContent();
      const [left, bottom, right, top] = page.view as [number, number, number, number];
      const edges = [turned(left, bottom, page.rotate)[1], turned(right, top, page.rotate)[1]];
      const { rows, rotated } = rowsOf(items, styles, page.rotate);
      pages.push({ number, rows, rotated, bottom: Math.min(...edges), top: Math.max(...edges) });
      page.cleanup();
    } catch (error) {
      failed.push(`page ${number} cannot be read: ${messageOf(error)}`);
    }
  }
  const blank = pages.filter(({ rows, rotated }) => rows.length === 0 && rotated.length === 0).length;
  const dropped = dropRunning(pages);
  return { writer: await writePages(proxy, pages), blank, failed, dropped };
}

async function writePages(proxy: Proxy, pages: readonly Page[]): Promise<BlockWriter> {
  const writer = new BlockWriter();
  const pieces = pages.flatMap(({ rows }) => rows.flatMap((row) => row.pieces));
  const type = typographyOf(pages.map(({ rows }) => rows));
  const bold = await boldFonts(
    proxy,
    type.doubtful.map(({ font, page }) => ({ font, page: pages[page]!.number })),
  );
  const words = new Set(pieces.flatMap(({ text }) => text.toLowerCase().match(/\p{L}[\p{L}-]+(?=[^\p{L}-])/gu) ?? []));
  const typewritten = pieces.filter(({ mono }) => mono).length * 2 > pieces.length;
  const context = { type, bold, words, typewritten };
  for (const { number, rows, rotated } of pages) {
    writer.page = number;
    writeBlocks(writer, blocksOf(rows), context);
    if (rotated.length === 0) continue;
    writer.break(2);
    writer.inline(rotated.join(" "), rows.length + 1);
    writer.break(2);
  }
  settle(writer, 1, context);
  return writer;
}

/** Pages of which the fonts are looked at, beside their text: that takes as long as the text itself. */
const MAX_FONT_PAGES = 8;

/** Those of the fonts that are bold by their name. A page's fonts are known once its drawing has been read. */
async function boldFonts(proxy: Proxy, doubtful: readonly { font: string; page: number }[]): Promise<Set<string>> {
  const bold = new Set<string>();
  const pages = [...new Set(doubtful.map(({ page }) => page))].slice(0, MAX_FONT_PAGES);
  for (const number of pages) {
    try {
      const page = await proxy.getPage(number);
      await page.getOperatorList();
      for (const { font } of doubtful.filter((one) => one.page === number)) {
        if (!page.commonObjs.has(font)) continue;
        const { name, bold: isBold } = page.commonObjs.get(font) as { name?: string; bold?: boolean };
        if (isBold || isBoldName(name ?? "")) bold.add(font);
      }
      page.cleanup();
    } catch {
      // A page that cannot be drawn has no headings by its fonts; its text was read all the same.
    }
  }
  return bold;
}

function withoutText(pages: number, failed: readonly string[], truncated: boolean): MdpError {
  if (failed.length > 0 || truncated) {
    const message = failed[0] ?? "the file ends early, and no text is left";
    return new MdpError({ code: "pdf-damaged", message, hint: "get the whole file again" });
  }
  return new MdpError({
    code: "pdf-no-text",
    message: `none of the ${pages} pages has text: the PDF holds images only`,
    hint: "recognise its text first, for example: ocrmypdf in.pdf out.pdf",
  });
}

async function describe(proxy: Proxy): Promise<{ title?: string | undefined; metadata: Metadata }> {
  const { info } = await proxy.getMetadata().catch(() => ({ info: {} }));
  const { Title, Author } = info as { Title?: unknown; Author?: unknown };
  const title = typeof Title === "string" ? Title.replace(/^Microsoft Word - /, "").trim() : "";
  const isFileName = /\.(docx?|tex|dvi|indd|qxd|pptx?)$/i.test(title) || /^untitled/i.test(title);
  const author =
    typeof Author === "string" && Author.trim() !== "" ? { author: Author.slice(0, 200).toWellFormed() } : {};
  return { title: title && !isFileName ? title : undefined, metadata: author };
}

function firstLine(text: string): string {
  return text
    .slice(0, 500)
    .split("\n")[0]!
    .replace(/^(?:#{1,6}|-) /, "")
    .slice(0, 120);
}

/** A whole file ends with `startxref`, a number and `%%EOF`, give or take some padding. */
function endsLikePdf(bytes: Uint8Array): boolean {
  const tail = Buffer.from(
    bytes.buffer,
    bytes.byteOffset + Math.max(0, bytes.length - 4_096),
    Math.min(4_096, bytes.length),
  );
  return tail.includes("startxref");
}
