/** Jupyter notebooks: cells of text as they are, cells of code in fences, and the beginning of their printed output. */
import { MdpError, messageOf } from "../../core/errors.ts";
import type { Format } from "./format.ts";
import { normalizeText } from "./shared/decode.ts";
import { fileDocument, readText } from "./shared/document.ts";
import { LineWriter } from "./shared/line-writer.ts";
import { toMetadata } from "./shared/metadata.ts";
import { extensions } from "./shared/names.ts";

const ipynb: Format = {
  name: "ipynb",
  extensions: extensions.ipynb,
  binary: false,
  rows: false,
  async *read(input, options) {
    const decoded = await readText(input, options);
    const notebook = parse(decoded.text);
    const language = languageOf(notebook);
    const writer = new LineWriter();
    const find = finder(decoded.text);
    const cells = cellsOf(notebook);
    let title: string | undefined;
    for (const cell of cells) {
      const source = linesOf(cell.source ?? cell.input);
      if (source.every((line) => line.trim() === "")) continue;
      writer.blank();
      if (cell.cell_type === "code") {
        writeCode(writer, cell, language, find);
      } else {
        title ??= source.map((text) => /^#+\s+(.*\S)/.exec(text)?.[1]).find(Boolean);
        for (const text of source) writer.verbatim(text, find(text));
      }
    }
    const metadata = toMetadata({ language: language || null, cells: cells.length });
    yield fileDocument(input, decoded, {
      kind: "ipynb",
      title,
      text: writer.text,
      segments: writer.segments,
      metadata,
    });
  },
};
export default ipynb;

type Fields = Record<string, unknown>;

/** Longest output of a cell that is kept, in lines and characters. */
const MAX_LINES = 20;
const MAX_CHARS = 2_000;

function parse(text: string): Fields {
  try {
    const value: unknown = JSON.parse(text);
    if (isFields(value)) return value;
  } catch (error) {
    throw damaged(messageOf(error));
  }
  throw damaged("it is not an object");
}

function damaged(reason: string): MdpError {
  return new MdpError({
    code: "notebook-not-json",
    message: `the notebook cannot be read: ${reason}`,
    hint: "open and save it in Jupyter, or read it as text with --format json",
  });
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Before its fourth version, a notebook had its cells in worksheets. */
function cellsOf(notebook: Fields): Fields[] {
  const sheets = Array.isArray(notebook.worksheets) ? notebook.worksheets.filter(isFields) : [];
  const lists = [notebook.cells, ...sheets.map((sheet) => sheet.cells)];
  return lists.flatMap((list) => (Array.isArray(list) ? list.filter(isFields) : []));
}

function languageOf({ metadata }: Fields): string {
  const about = isFields(metadata) ? metadata : {};
  const named = [about.language_info, about.kernelspec].filter(isFields);
  const name = named.map((info) => info.name).find((value) => typeof value === "string");
  const language = named.map((info) => info.language).find((value) => typeof value === "string") ?? name;
  return /^[\w+#-]+/.exec(String(language ?? "").toLowerCase())?.[0] ?? "";
}

function linesOf(value: unknown): string[] {
  const text = Array.isArray(value) ? value.filter((part) => typeof part === "string").join("") : value;
  return typeof text === "string" ? normalizeText(text).text.replace(/\n+$/, "").split("\n") : [""];
}

interface Lines {
  text: string;
  line: number;
}

/** The beginning of what a cell printed, in a fence of its own. */
function writeOutputs(writer: LineWriter, outputs: readonly Lines[], isWhole: boolean): void {
  const first = outputs[0]?.line;
  if (first === undefined) return;
  writer.blank();
  writer.add("```", first);
  for (const { text, line } of outputs) writer.verbatim(text, line);
  writer.verbatim(isWhole ? "```" : "…\n```", outputs.at(-1)!.line);
}

function outputsOf(cell: Fields): { lines: string[]; isWhole: boolean } {
  const outputs = Array.isArray(cell.outputs) ? cell.outputs.filter(isFields) : [];
  const lines = outputs.flatMap(outputLines).filter((line) => line.trim() !== "");
  const kept: string[] = [];
  let chars = 0;
  for (const line of lines.slice(0, MAX_LINES)) {
    chars += line.length;
    if (chars > MAX_CHARS) break;
    kept.push(line);
  }
  return { lines: kept, isWhole: kept.length === lines.length };
}

function writeCode(writer: LineWriter, cell: Fields, language: string, find: (text: string) => number): void {
  const at = (text: string): Lines => ({ text, line: find(text) });
  const printed = outputsOf(cell);
  // Lines are looked for in the order of the file: most write a cell's output before its source.
  const names = Object.keys(cell);
  const isBefore = names.indexOf("outputs") < names.findIndex((name) => name === "source" || name === "input");
  const early = isBefore ? printed.lines.map(at) : undefined;
  const source = linesOf(cell.source ?? cell.input).map(at);
  writer.add(`\`\`\`${language}`, source[0]!.line);
  for (const { text, line } of source) writer.verbatim(text, line);
  writer.verbatim("```", source.at(-1)!.line);
  writeOutputs(writer, early ?? printed.lines.map(at), printed.isWhole);
}

/** What a stream printed, a result as plain text, or an error's last line; pictures and HTML are left out. */
function outputLines(output: Fields): string[] {
  if (output.output_type === "error" || output.output_type === "pyerr") {
    return [`${output.ename ?? "Error"}: ${output.evalue ?? ""}`.split("\n")[0]!.toWellFormed()];
  }
  const { data } = output;
  const text = output.text ?? (isFields(data) ? data["text/plain"] : undefined);
  return text === undefined ? [] : linesOf(text).map((line) => line.replace(/\u001b\[[\d;]*[A-Za-z]/g, ""));
}

/** The source line on which a line of a cell stands: after the one that was found before. */
function finder(source: string): (text: string) => number {
  let offset = 0;
  let line = 1;
  return (text) => {
    const written = JSON.stringify(text).slice(1, -1);
    if (written.trim() === "") return line;
    // Cells follow each other: what is further away is found no more.
    const near = source.slice(offset, offset + MAX_DISTANCE);
    const quoted = near.indexOf(`"${written}`);
    const at = offset + (quoted === -1 ? near.indexOf(written) : quoted + 1);
    if (at < offset) return line;
    for (let end = source.indexOf("\n", offset); end !== -1 && end < at; end = source.indexOf("\n", end + 1)) line++;
    offset = at + written.length;
    return line;
  };
}

/** Characters in which a line is looked for. */
const MAX_DISTANCE = 200_000;
