/** Whether the tables hold what the state says, each row once, under indices that know them; and whether tags hold. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Settings } from "../../../config/schema.ts";
import { messageOf } from "../../../core/errors.ts";
import type { Project } from "../../../core/project.ts";
import { Census, type CountedRow, type Mismatch } from "../../../manifest/census.ts";
import { isLocked } from "../../../manifest/lock.ts";
import { TableHistory } from "../../../store/history.ts";
import { indexedColumns } from "../../../store/indices.ts";
import { tailAllowed } from "../../../store/maintain.ts";
import { type StoredTable, storedTables } from "../../engines/stored.ts";
import { isNamed, type OpenTable, openHistories } from "./open.ts";
import { readTags, tagFolder, tagTablesDir } from "./tags.ts";

export interface Finding {
  /** `problem`: something is wrong; `note`: worth knowing, as rows that an index does not know yet. */
  level: "problem" | "note";
  code: string;
  /** The table, or null for what belongs to none. */
  table: string | null;
  message: string;
  examples: string[];
}

export interface TablesVerifyReport {
  ok: boolean;
  tables: { name: string; engine: string; rows: number; version: number }[];
  /** A writer was at work meanwhile, so that what was found may be its work in hand. */
  locked: boolean;
  findings: Finding[];
}

export interface VerifyRequest {
  project: Project;
  settings: Settings;
  /** Name of a table or an engine; all by default. */
  word?: string | undefined;
  /** Read every vector, too. */
  vectors: boolean;
}

export async function verifyTables({ project, settings, word, vectors }: VerifyRequest): Promise<TablesVerifyReport> {
  const locked = isLocked(project.stateDir);
  const findings: Finding[] = [];
  const report: TablesVerifyReport = { ok: true, tables: [], locked, findings };
  using census = new Census(project.stateDir);
  for (const text of census.damages()) findings.push(problem("state-damaged", null, `state.db: ${text}`));
  let tables: Awaited<ReturnType<typeof openHistories>>;
  try {
    tables = await openHistories(project);
  } catch (error) {
    findings.push(problem("table-unreadable", null, messageOf(error)));
    return { ...report, ok: false };
  }
  await using opened = tables;
  const stored = new Map((await storedTables(project, settings)).map((table) => [table.name, table]));
  for (const table of opened.all) {
    try {
      report.tables.push(await verifyTable(table, stored.get(table.name), census, findings, vectors));
    } catch (error) {
      findings.push(problem("table-unreadable", table.name, messageOf(error)));
    }
  }
  const nameOf = new Map(opened.all.filter(({ calls }) => !calls).map(({ engine, name }) => [engine, name]));
  findings.push(...census.mismatches().map((mismatch) => findingOf(mismatch, nameOf)));
  findings.push(...(await tagFindings(project)));
  if (word !== undefined) {
    const named = new Set(opened.all.filter((table) => isNamed(table, word)).map(({ name }) => name));
    report.tables = report.tables.filter(({ name }) => named.has(name));
    report.findings = findings.filter(({ table }) => table === null || named.has(table));
  }
  report.ok = report.findings.every(({ level }) => level === "note");
  return report;
}

async function verifyTable(
  table: OpenTable,
  stored: StoredTable | undefined,
  census: Census,
  findings: Finding[],
  vectors: boolean,
): Promise<TablesVerifyReport["tables"][number]> {
  const { name, engine, calls, versions, history } = table;
  const { version } = versions.at(-1)!;
  const rows = calls
    ? await verifyCalls(table, version, census, findings)
    : await census.count(engine, rowsAt(table, version));
  if (rows !== versions.at(-1)!.rows) {
    findings.push(problem("wrong-row-count", name, `${rows} rows were read, the table says ${versions.at(-1)!.rows}`));
  }
  if (calls) return { name, engine, rows, version };
  const [label, layout] = [await history.label(), await history.layout()];
  if (!label) findings.push(problem("table-foreign", name, "the table does not say which embedder wrote it"));
  else if (label.embedder.dimension !== layout?.dimension) {
    const says = `its embedder ${label.embedder.name} makes ${label.embedder.dimension}`;
    findings.push(problem("wrong-dimension", name, `the vectors have ${layout?.dimension ?? "no"} values, ${says}`));
  }
  const waiting = await history.waiting();
  if (waiting > 0) findings.push(note("no-vector", name, `${waiting} rows have no vector yet: mdp ingest makes them`));
  if (vectors) await verifyVectors(table, version, findings);
  if (stored && rows > 0) await verifyIndices(table, stored, { rows, waiting }, findings);
  return { name, engine, rows, version };
}

async function* rowsAt({ history }: OpenTable, version: number): AsyncGenerator<CountedRow> {
  for await (const batch of history.scan(["id", "doc", "item"], version)) {
    const [ids, docs, items] = ["id", "doc", "item"].map((column) => batch.values(column));
    for (let i = 0; i < batch.count; i++) yield { id: ids![i]!, doc: docs![i]!, item: items![i]! };
  }
}

/** Executions are of files that the state knows as files of the engine. */
async function verifyCalls({ name, engine, history }: OpenTable, version: number, census: Census, findings: Finding[]) {
  const items = new Set<string>();
  let rows = 0;
  for await (const batch of history.scan(["item"], version)) {
    rows += batch.count;
    for (const item of batch.values("item")) items.add(item);
  }
  const unknown = census.unknownItems(engine, items);
  if (unknown.length > 0) {
    const message = `executions of ${unknown.length} files that the state does not know as files of ${engine}`;
    findings.push(problem("unknown-file", name, message, unknown.slice(0, 5)));
  }
  return rows;
}

async function verifyVectors({ name, history }: OpenTable, version: number, findings: Finding[]) {
  const bad: string[] = [];
  let count = 0;
  for await (const { id, vector } of history.vectors(version)) {
    if (vector === null || (vector.every(Number.isFinite) && vector.some((part) => part !== 0))) continue;
    count++;
    if (bad.length < 5) bad.push(id);
  }
  if (count > 0) findings.push(problem("bad-vector", name, `${count} vectors are empty or not finite`, bad));
}

interface Counts {
  rows: number;
  /** Rows without a vector, which are in no index of vectors. */
  waiting: number;
}

async function verifyIndices(
  { name, history }: OpenTable,
  stored: StoredTable,
  { rows, waiting }: Counts,
  findings: Finding[],
) {
  const indices = await history.indices();
  const layout = await history.layout();
  const present = new Set(indices.map(({ column }) => column));
  // Of an engine that the settings do not name any more, only what all tables have is known.
  const missing = indexedColumns(stored.mapper).filter((column) => !present.has(column));
  if (layout && !present.has(layout.searched) && (await history.vectorIndex(stored.store)) !== null) {
    missing.push(layout.searched);
  }
  if (missing.length > 0) {
    findings.push(problem("index-missing", name, `no index on ${missing.join(", ")}: mdp ingest builds it`, missing));
  }
  for (const { column, indexedRows, unindexedRows } of indices) {
    const ofVectors = column === layout?.searched;
    const outside = Math.max(0, unindexedRows - (ofVectors ? waiting : 0));
    if (!ofVectors && indexedRows + unindexedRows !== rows) {
      const message = `the index on ${column} counts ${indexedRows + unindexedRows} rows, the table has ${rows}`;
      findings.push(problem("index-stale", name, message));
    } else if (outside > 0) {
      const message = `${outside} rows are outside the index on ${column}: they are found, but without it`;
      const allowed = outside <= tailAllowed(rows, stored.store);
      findings.push(allowed ? note("index-tail", name, message) : problem("index-incomplete", name, message));
    }
  }
}

/** Whether a tag could be taken back to: its copy of the state is there, and its tables can be read. */
async function tagFindings(project: Project): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const tag of readTags(project)) {
    const broken = (table: string | null, what: string) => {
      findings.push(problem("tag-broken", table, `the tag "${tag.name}" ${what}`));
    };
    if (!existsSync(join(tagFolder(project, tag.name), "state.db"))) broken(null, "has lost its copy of the state");
    for (const { name, calls, version, rows } of tag.tables) {
      try {
        await using history = await TableHistory.open(tagTablesDir(project, tag.name), name);
        let read = 0;
        for await (const batch of history.scan([calls ? "line" : "seq"], version)) read += batch.count;
        if (read !== rows) broken(name, `has ${read} rows of ${rows}`);
      } catch (error) {
        broken(name, `cannot be read: ${messageOf(error)}`);
      }
    }
  }
  return findings;
}

const WORDS: Readonly<Record<Mismatch["code"], (count: number) => string>> = {
  "duplicate-id": (n) => `${n} rows have an id that another row has, too`,
  "unknown-document": (n) => `${n} documents have rows, but the state does not know them`,
  "missing-chunks": (n) => `${n} documents have fewer rows than the state says`,
  "extra-chunks": (n) => `${n} documents have more rows than the state says`,
  "wrong-file": (n) => `${n} documents have rows of another file than the state says`,
  "document-twice": (n) => `${n} documents have rows in two tables`,
  "unfinished-file": (n) => `${n} files were being written when a run ended; mdp ingest goes on with them`,
  "wrong-counts": (n) => `${n} files have other numbers of documents or chunks than their documents add up to`,
};

function findingOf({ engine, code, count, examples }: Mismatch, nameOf: ReadonlyMap<string, string>): Finding {
  const missing = code === "missing-chunks" && !nameOf.has(engine);
  const message = missing
    ? `the table of "${engine}" is gone, of which the state knows ${count} documents`
    : WORDS[code](count);
  return problem(missing ? "table-missing" : code, nameOf.get(engine) ?? null, message, examples);
}

const problem = (code: string, table: string | null, message: string, examples: string[] = []): Finding => {
  return { level: "problem", code, table, message, examples };
};

const note = (code: string, table: string | null, message: string): Finding => {
  return { level: "note", code, table, message, examples: [] };
};
