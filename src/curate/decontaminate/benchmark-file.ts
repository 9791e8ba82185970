/** The texts of a benchmark file: JSONL, CSV, TSV, or lines of text, each also with gzip or zstd around it. */
import { existsSync, readFileSync } from "node:fs";
import { MdpError, messageOf } from "../../core/errors.ts";

export interface BenchmarkText {
  /** 1-based: a line, an element of a list, or a record of a table, whose header is record 0 and gives no text. */
  row: number;
  text: string;
}

const FORMATS = ["jsonl", "ndjson", "json", "csv", "tsv", "txt", "md"];
const HINT = `save it as one of ${FORMATS.join(", ")}, perhaps with .gz or .zst behind it`;

/**
 * Every text of a file. JSONL: each string of a line's value, at any depth; JSON: of each element of its list. CSV and
 * TSV: each field. Text: each line.
 *
 * @throws MdpError for a file that is missing, of another format, or broken: a benchmark of which a part is left out
 * would pass for one that was looked for
 */
export function* readBenchmark(path: string): Generator<BenchmarkText> {
  const format = /\.([^.]+?)(\.gz|\.zst)?$/.exec(path)?.[1]?.toLowerCase();
  if (!format || !FORMATS.includes(format)) {
    throw fail("benchmark-format", `benchmark files of the format "${format ?? ""}" are not read`, path, HINT);
  }
  const text = readText(path);
  if (format === "jsonl" || format === "ndjson") yield* lineTexts(text, path);
  else if (format === "json") yield* elementTexts(parse(text, path));
  else if (format === "csv" || format === "tsv") yield* fields(text, format === "csv" ? "," : "\t", path);
  else for (const [index, line] of text.split("\n").entries()) yield { row: index + 1, text: line };
}

function readText(path: string): string {
  if (!existsSync(path))
    throw fail("benchmark-missing", "the benchmark file does not exist", path, "check decontaminate");
  try {
    const bytes = readFileSync(path);
    const plain = path.endsWith(".gz")
      ? Bun.gunzipSync(bytes)
      : path.endsWith(".zst")
        ? Bun.zstdDecompressSync(bytes)
        : bytes;
    return new TextDecoder("utf-8", { fatal: true }).decode(plain);
  } catch (cause) {
    throw fail(
      "benchmark-unreadable",
      `the benchmark file cannot be read: ${messageOf(cause)}`,
      path,
      "it has to be UTF-8",
      cause,
    );
  }
}

function* lineTexts(text: string, path: string): Generator<BenchmarkText> {
  for (const [index, line] of text.split("\n").entries()) {
    if (line.trim() === "") continue;
    for (const found of strings(parse(line, `${path}:${index + 1}`))) yield { row: index + 1, text: found };
  }
}

function* elementTexts(value: unknown): Generator<BenchmarkText> {
  const elements: unknown[] = Array.isArray(value) ? value : [value];
  for (const [index, element] of elements.entries()) {
    for (const found of strings(element)) yield { row: index + 1, text: found };
  }
}

function parse(json: string, where: string): unknown {
  try {
    return JSON.parse(json);
  } catch (cause) {
    throw fail("benchmark-unreadable", "this is not valid JSON", where, "repair or remove it", cause);
  }
}

function* strings(value: unknown): Generator<string> {
  if (typeof value === "string") yield value;
  else if (value !== null && typeof value === "object") for (const inner of Object.values(value)) yield* strings(inner);
}

/** Fields of RFC 4180: quoted where they hold separators, quotes (doubled) or line ends. */
function* fields(text: string, separator: string, path: string): Generator<BenchmarkText> {
  let row = 0;
  let at = 0;
  while (at < text.length) {
    let field = "";
    if (text[at] === '"') {
      const end = closingQuote(text, at + 1);
      if (end === -1)
        throw fail("benchmark-unreadable", `record ${row} has a quote that is never closed`, path, "close it");
      field = text.slice(at + 1, end).replaceAll('""', '"');
      at = end + 1;
    }
    const stop = nextStop(text, at, separator);
    field += text.slice(at, stop);
    if (row > 0 && field !== "") yield { row, text: field };
    at = stop + 1;
    if (text[stop] === "\r" && text[at] === "\n") at++;
    if (text[stop] !== separator) row++;
  }
}

function closingQuote(text: string, from: number): number {
  for (let at = text.indexOf('"', from); at !== -1; at = text.indexOf('"', at + 2)) if (text[at + 1] !== '"') return at;
  return -1;
}

function nextStop(text: string, from: number, separator: string): number {
  let at = from;
  while (at < text.length && text[at] !== separator && text[at] !== "\n" && text[at] !== "\r") at++;
  return at;
}

function fail(code: string, message: string, where: string, hint: string, cause?: unknown): MdpError {
  return new MdpError({ code, message, where, hint, cause });
}
