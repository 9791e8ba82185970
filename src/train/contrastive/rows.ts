/** Training data of an embedder: an anchor, what belongs to it, and perhaps what seems to and does not. */
import { readFile } from "node:fs/promises";
import * as v from "valibot";
import { MdpError, messageOf } from "../../core/errors.ts";
import { permutation } from "../../shard/loader/permutation.ts";

export interface ContrastiveRow {
  anchor: string;
  positive: string;
  negatives: readonly string[];
}

export interface ContrastiveRows {
  rows: ContrastiveRow[];
  /** Lines that are no row, and why. */
  rejects: { where: string; message: string }[];
}

const text = v.pipe(v.string(), v.trim(), v.nonEmpty("a text is empty"));
const Line = v.pipe(
  v.looseObject({
    anchor: v.optional(text),
    query: v.optional(text),
    positive: v.optional(text),
    document: v.optional(text),
    negative: v.optional(v.union([text, v.array(text)]), []),
  }),
  v.check((line) => (line.anchor ?? line.query) !== undefined, 'the row has neither "anchor" nor "query"'),
  v.check((line) => (line.positive ?? line.document) !== undefined, 'the row has neither "positive" nor "document"'),
);

/**
 * Reads JSONL: `{"anchor", "positive"}` and perhaps `"negative"`, a text or a list; `query` and `document` are other
 * names of the first two. Blank lines are no rows.
 *
 * @throws MdpError `not-found`; a bad line is a reject
 */
export async function readContrastiveRows(path: string): Promise<ContrastiveRows> {
  let contents: string;
  try {
    contents = await readFile(path, "utf8");
  } catch (error) {
    throw new MdpError({ code: "not-found", message: `the file cannot be read: ${messageOf(error)}`, where: path });
  }
  const found: ContrastiveRows = { rows: [], rejects: [] };
  for (const [index, line] of contents.split("\n").entries()) {
    if (line.trim() === "") continue;
    const parsed = parse(line);
    if (typeof parsed === "string") found.rejects.push({ where: `${path}:${index + 1}`, message: parsed });
    else found.rows.push(parsed);
  }
  return found;
}

function parse(line: string): ContrastiveRow | string {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch {
    return "the line is not valid JSON";
  }
  const parsed = v.safeParse(Line, json);
  if (!parsed.success) {
    const [issue] = parsed.issues;
    const key = v.getDotPath(issue);
    return key === null ? issue.message : `${key}: ${issue.message}`;
  }
  const { anchor, query, positive, document, negative } = parsed.output;
  return { anchor: (anchor ?? query)!, positive: (positive ?? document)!, negatives: [negative].flat() };
}

/**
 * Keeps about this share of the rows for validation. All rows of an anchor stay together: a model that was trained on
 * one of them knows the anchor.
 */
export function holdOut(
  rows: readonly ContrastiveRow[],
  share: number,
  seed: number,
): { train: ContrastiveRow[]; held: ContrastiveRow[] } {
  const anchors = [...new Set(rows.map(({ anchor }) => anchor))];
  const order = permutation(anchors.length, seed);
  const count = Math.round(anchors.length * share);
  const chosen = new Set(Array.from({ length: count }, (_, position) => anchors[order.at(position)]!));
  return {
    train: rows.filter(({ anchor }) => !chosen.has(anchor)),
    held: rows.filter(({ anchor }) => chosen.has(anchor)),
  };
}
