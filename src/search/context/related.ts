/** The second query to the store: found passages with their places, what stands beside them, and what is above them. */
import { allInOrder } from "../../core/all-in-order.ts";
import type { ChunkRecord } from "../../core/record.ts";
import type { Snapshot } from "../../store/snapshot.ts";
import { isIn, literal, slices } from "../../store/sql.ts";

/** Conditions, or ids, in one filter. */
const PER_QUERY = 200;
/** Scopes around a passage that are looked up. */
const MOST_SCOPES = 4;
/** Passages of one document through which a table's header is looked for. */
const TABLE_REACH = 64;

export interface Related {
  /** By id. */
  found: ReadonlyMap<string, ChunkRecord>;
  /** Passages just before and behind found ones, by `placeKey`, found ones among them. */
  beside: ReadonlyMap<string, ChunkRecord>;
  /** Passages of source code that begin a definition, by `scopeKey`. */
  scopes: ReadonlyMap<string, ChunkRecord>;
  /** The passage that begins the table which one of these goes on with, by the id of that one. */
  tables: ReadonlyMap<string, ChunkRecord>;
}

export const placeKey = (doc: string, seq: number): string => JSON.stringify([doc, seq]);
export const scopeKey = (doc: string, qualifiedName: string): string => JSON.stringify([doc, qualifiedName]);

type Reads = Pick<Snapshot, "recordsWhere">;

/** Reads what belongs to passages of one table. Those that are gone since they were found are left out. */
export async function relatedOf(snapshot: Reads, ids: readonly string[]): Promise<Related> {
  const records = await where(snapshot, ids, (part) => isIn("id", part));
  const found = new Map(records.map((record) => [record.id, record]));
  const beside = await besideOf(snapshot, records);
  const all = [...new Map([...records, ...beside.values()].map((record) => [record.id, record])).values()];
  const [scopes, tables] = await allInOrder([scopesOf(snapshot, all), tablesOf(snapshot, all)]);
  return { found, beside, scopes, tables };
}

async function where<T>(
  snapshot: Reads,
  values: readonly T[],
  filter: (part: readonly T[]) => string,
): Promise<ChunkRecord[]> {
  const parts = [...slices(values, PER_QUERY)];
  const read = await allInOrder(parts.map((part) => snapshot.recordsWhere(filter(part))));
  return read.flat();
}

/** Rows of some documents, each by a condition over its own. */
interface Sought {
  doc: string;
  condition: string;
}

/** The documents stand in front on their own: an index finds those, where one over the alternatives would find nothing. */
function eachOf(sought: readonly Sought[]): string {
  const docs = [...new Set(sought.map(({ doc }) => doc))];
  const conditions = sought.map(({ doc, condition }) => `(doc = ${literal(doc)} AND ${condition})`);
  return `${isIn("doc", docs)} AND (${conditions.join(" OR ")})`;
}

/** Statements stand alone: what a log has next to one says nothing of it. */
async function besideOf(snapshot: Reads, records: readonly ChunkRecord[]): Promise<Map<string, ChunkRecord>> {
  const places = records
    .filter(isText)
    .map(({ doc, seq }) => ({ doc, condition: `seq >= ${seq - 1} AND seq <= ${seq + 1}` }));
  const beside = await where(snapshot, places, eachOf);
  return new Map(beside.map((record) => [placeKey(record.doc, record.seq), record]));
}

function isText({ fields }: ChunkRecord): boolean {
  return fields?.fingerprint === undefined;
}

/** Definitions around passages of source code, from the innermost outwards. */
async function scopesOf(snapshot: Reads, records: readonly ChunkRecord[]): Promise<Map<string, ChunkRecord>> {
  const scopes = new Map<string, ChunkRecord>();
  let wanted = parentsOf(records);
  for (let depth = 0; depth < MOST_SCOPES && wanted.size > 0; depth++) {
    const sought = [...wanted.values()].map(([doc, name]) => ({ doc, condition: `qualified_name = ${literal(name)}` }));
    const read = await where(snapshot, sought, eachOf);
    const added: ChunkRecord[] = [];
    for (const record of read) {
      const key = scopeKey(record.doc, String(record.fields?.qualified_name));
      if (scopes.has(key)) continue;
      scopes.set(key, record);
      added.push(record);
    }
    wanted = new Map([...parentsOf(added)].filter(([key]) => !scopes.has(key)));
  }
  return scopes;
}

function parentsOf(records: readonly ChunkRecord[]): Map<string, [string, string]> {
  const parents = new Map<string, [string, string]>();
  for (const { doc, fields } of records) {
    const name = fields?.parent_scope;
    if (typeof name === "string" && name !== "") parents.set(scopeKey(doc, name), [doc, name]);
  }
  return parents;
}

/** Tables are Markdown's in the text of every format. */
async function tablesOf(snapshot: Reads, records: readonly ChunkRecord[]): Promise<Map<string, ChunkRecord>> {
  const cut = records.filter(({ text, seq }) => seq > 0 && goesOnWithTable(text));
  const sought = cut.map(({ doc, seq }) => {
    return { doc, condition: `seq < ${seq} AND seq >= ${seq - TABLE_REACH} AND text LIKE '%--%'` };
  });
  const before = await where(snapshot, sought, eachOf);
  const tables = new Map<string, ChunkRecord>();
  for (const record of cut) {
    const cells = cellsOf(firstLine(record.text));
    const begins = before.findLast(
      ({ doc, seq, text }) => doc === record.doc && seq < record.seq && headerIn(text)?.cells === cells,
    );
    if (begins) tables.set(record.id, begins);
  }
  return tables;
}

const DELIMITER = /^\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*$/;

function goesOnWithTable(text: string): boolean {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  return isRow(lines[0]) && !(lines.length > 1 && DELIMITER.test(lines[1]!)) && !DELIMITER.test(lines[0]!);
}

const isRow = (line: string | undefined) => line !== undefined && /^\s*\|.*\|\s*$/.test(line);

function firstLine(text: string): string {
  return text.split("\n").find((line) => line.trim() !== "") ?? "";
}

function cellsOf(row: string): number {
  return row
    .replace(/\\\|/g, "")
    .trim()
    .replace(/^\||\|$/g, "")
    .split("|").length;
}

/** The last table that begins in a text: its two lines, the place of the first among the text's, and its cells. */
export function headerIn(text: string): { text: string; index: number; cells: number } | undefined {
  const lines = text.split("\n");
  for (let i = lines.length - 1; i > 0; i--) {
    const [header, delimiter] = [lines[i - 1]!, lines[i]!];
    if (!delimiter.includes("|") || !DELIMITER.test(delimiter) || !isRow(header)) continue;
    if (cellsOf(header) === cellsOf(delimiter)) {
      return { text: `${header}\n${delimiter}`, index: i - 1, cells: cellsOf(header) };
    }
  }
  return undefined;
}
