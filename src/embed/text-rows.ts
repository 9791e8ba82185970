/** Texts to embed, from lines or JSONL. Row order is input order; nothing is skipped silently. */
import * as v from "valibot";
import { MdpError } from "../core/errors.ts";

export interface TextRow {
  /** What the row calls itself; its 0-based position when it has no name. */
  id: string | number;
  text: string;
}

export interface TextRowOptions {
  /** Each line is an object with `text`, and perhaps `id`; otherwise each line is a text. */
  jsonl: boolean;
  /** The input in errors, e.g. a path. */
  where: string;
  /** A longer line is an error. Default: 64 MiB of UTF-16 code units. */
  maxLineLength?: number;
}

const MAX_LINE_LENGTH = 64 * 1024 * 1024;

const Row = v.looseObject({ id: v.optional(v.union([v.string(), v.number()])), text: v.string() });

/**
 * Rows of UTF-8 bytes, read as they come. In lines, an empty line is an empty text and keeps its row; in JSONL, blank
 * lines are no rows. A line ends at `\n` or `\r\n`; the last one may lack it.
 */
export async function* readTextRows(
  bytes: AsyncIterable<Uint8Array>,
  options: TextRowOptions,
): AsyncGenerator<TextRow> {
  let line = 0;
  let row = 0;
  for await (const text of lines(bytes, options)) {
    line++;
    if (!options.jsonl) yield { id: row++, text };
    else if (text.trim() !== "") yield parse(text, row++, `${options.where}:${line}`);
  }
}

async function* lines(bytes: AsyncIterable<Uint8Array>, options: TextRowOptions): AsyncGenerator<string> {
  const { where, maxLineLength = MAX_LINE_LENGTH } = options;
  const decoder = new TextDecoder();
  let parts: string[] = [];
  let length = 0;
  const take = (piece: string) => {
    length += piece.length;
    if (length > maxLineLength) {
      throw new MdpError({
        code: "line-too-long",
        message: `a line is longer than ${maxLineLength} characters`,
        where,
        hint: "put each text on a line of its own",
      });
    }
    parts.push(piece);
  };
  const finish = () => {
    const whole = parts.join("");
    parts = [];
    length = 0;
    return whole.endsWith("\r") ? whole.slice(0, -1) : whole;
  };
  for await (const chunk of bytes) {
    const [first, ...rest] = decoder.decode(chunk, { stream: true }).split("\n");
    take(first!);
    for (const piece of rest) {
      yield finish();
      take(piece);
    }
  }
  take(decoder.decode());
  if (length > 0) yield finish();
}

function parse(line: string, row: number, where: string): TextRow {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (cause) {
    throw badRow("the line is not valid JSON", where, cause);
  }
  const parsed = v.safeParse(Row, value);
  if (!parsed.success) {
    const [issue] = parsed.issues;
    throw badRow(`${v.getDotPath(issue) ?? "row"}: ${issue.message}`, where);
  }
  return { id: parsed.output.id ?? row, text: parsed.output.text };
}

/** Leaving the row out would shift every row after it. */
function badRow(message: string, where: string, cause?: unknown): MdpError {
  return new MdpError({
    code: "bad-row",
    message,
    where,
    hint: 'each line is an object such as {"id": "a", "text": "…"}',
    cause,
  });
}
