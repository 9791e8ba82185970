/** Large files of lines, and of groups of rows, are cut into stretches, so that several workers share them and little is repeated. */
import { closeSync, openSync, readSync } from "node:fs";
import { HEAD_BYTES } from "../../ingest/formats/format.ts";
import { detectFormat } from "../../ingest/formats/index.ts";
import { detectEncoding } from "../../ingest/formats/shared/decode.ts";
import { openInput } from "../../ingest/reader/open.ts";
import type { LineRange } from "../../ingest/sources/source.ts";

/** One line of `raw/inputs.jsonl`. */
export interface InputLine {
  uri: string;
  path: string;
  shown: string;
  root: string;
  /** Bytes of the file. */
  size: number;
  mtimeNs: string;
  /** The lines of the file that are meant, when it is not all of it. */
  range?: LineRange;
}

/** Bytes of an input. */
export const inputBytes = ({ size, range }: InputLine): number => (range ? range.end - range.start : size);

const NEWLINE = 10;
const PART_BYTES = 1 << 22;

/** Formats of which each line stands for itself. */
const LINE_FORMATS: ReadonlySet<string> = new Set(["jsonl"]);

/**
 * The inputs with each large file of lines or groups of rows as several stretches of about `bytes` each. Where it is cut depends on the
 * file's content alone.
 *
 * @param format the format that every file is read as, when it is not detected
 */
export async function splitInputs(
  lines: readonly InputLine[],
  bytes: number,
  format: string | undefined,
): Promise<InputLine[]> {
  const split: InputLine[] = [];
  for (const line of lines) {
    const ranges = line.size < 2 * bytes ? [] : await rangesOf(line, bytes, format);
    if (ranges.length < 2) split.push(line);
    else split.push(...ranges.map((range) => ({ ...line, range })));
  }
  return split;
}

async function rangesOf(line: InputLine, bytes: number, format: string | undefined): Promise<LineRange[]> {
  const { path, uri, shown } = line;
  let fd: number;
  try {
    fd = openSync(path, "r");
  } catch {
    // Reading it will say why.
    return [];
  }
  try {
    const head = new Uint8Array(HEAD_BYTES);
    const seen = head.subarray(0, readSync(fd, head, 0, head.length, 0));
    const detected = format === undefined ? detectFormat(seen, shown, false) : { format };
    if ("skip" in detected) return [];
    if (detected.format === "parquet") {
      const { stretchesOf } = await import("../../ingest/formats/shared/parquet-footer.ts");
      await using input = await openInput(path, uri);
      return await stretchesOf(input, bytes);
    }
    if (!LINE_FORMATS.has(detected.format)) return [];
    // A newline of a wide encoding is not one byte.
    return /^utf-(16|32)/.test(detectEncoding(seen).encoding) ? [] : cut(fd, bytes);
  } finally {
    closeSync(fd);
  }
}

/** Reads the whole file once, for the numbers of its lines. */
function cut(fd: number, bytes: number): LineRange[] {
  const ranges: LineRange[] = [];
  const part = new Uint8Array(PART_BYTES);
  let range: LineRange = { start: 0, end: 0, firstLine: 1 };
  let line = 1;
  let position = 0;
  while (true) {
    const count = readSync(fd, part, 0, part.length, position);
    if (count === 0) break;
    const view = count === part.length ? part : part.subarray(0, count);
    for (let at = view.indexOf(NEWLINE); at !== -1; at = view.indexOf(NEWLINE, at + 1)) {
      line++;
      const end = position + at + 1;
      if (end - range.start < bytes) continue;
      ranges.push({ ...range, end });
      range = { start: end, end, firstLine: line };
    }
    position += count;
  }
  if (position > range.start) ranges.push({ ...range, end: position });
  return ranges;
}

/** What tells one stretch from another. */
export function inputKey({ uri, range }: { uri: string; range?: LineRange | undefined }): string {
  return range ? `${uri}@${range.start}` : uri;
}
