/** PDF: the text of each page in the order of the file, lines joined to paragraphs, pages kept. */
import { getDocumentProxy } from "unpdf";
import type { Metadata, Read } from "../../core/document.ts";
import { MdpError, messageOf } from "../../core/errors.ts";
import type { Format, FormatInput, ReadOptions } from "./format.ts";
import { BlockWriter } from "./shared/block-writer.ts";
import { fileDocument, joinNotes, readAll } from "./shared/document.ts";
import { extensions } from "./shared/names.ts";
import { linesOf, writeLines } from "./shared/pdf-lines.ts";

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
    const { writer, blank, failed } = await readPages(proxy);
    const pages = proxy.numPages;
    if (writer.isEmpty) throw withoutText(pages, failed, truncated);
    const about = await describe(proxy);
    const blankNote = blank > 0 ? `${blank} of ${pages} pages have no text` : undefined;
    yield fileDocument(input, undefined, {
      kind: "pdf",
      title: about.title ?? firstLine(writer.text),
      text: writer.text,
      segments: writer.segments,
      metadata: { pages, ...about.metadata, ...joinNotes(blankNote, ...failed) },
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

async function readPages(proxy: Proxy): Promise<{ writer: BlockWriter; blank: number; failed: string[] }> {
  const writer = new BlockWriter();
  const failed: string[] = [];
  let blank = 0;
  for (let number = 1; number <= proxy.numPages; number++) {
    try {
      const page = await proxy.getPage(number);
      const content = await page.getTextContent();
      const lines = linesOf(content.items);
      writer.page = number;
      writer.break(2);
      writeLines(writer, lines);
      if (lines.length === 0) blank++;
      page.cleanup();
    } catch (error) {
      failed.push(`page ${number} cannot be read: ${messageOf(error)}`);
    }
  }
  return { writer, blank, failed };
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
  return text.slice(0, 500).split("\n")[0]!.slice(0, 120);
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
