/** What differs between two states of the tables: passages by their ids, and the files that they are of. */
import type { Project } from "../../../core/project.ts";
import { type Change, type ComparedRow, type ComparedVersion, RowComparison } from "../../../manifest/compare.ts";
import { type Moment, type MomentTable, momentOf } from "./moments.ts";
import { type OpenTable, openHistories } from "./open.ts";
import { storedRows } from "./rows.ts";

export interface TableDiff {
  table: string;
  engine: string;
  versions: [before: number | null, after: number | null];
  rows: [before: number, after: number];
  /** Passages by id; null for executions, which have none. */
  added: number | null;
  removed: number | null;
  changed: number | null;
}

export interface ChangedFile {
  path: string;
  added: number;
  removed: number;
  changed: number;
}

export interface TablesDiff {
  from: string;
  to: string;
  same: boolean;
  tables: TableDiff[];
  files: { added: ChangedFile[]; removed: ChangedFile[]; changed: ChangedFile[]; unchanged: number };
}

/**
 * @param from @param to as `momentOf` reads them
 * @param onChange told of each passage that differs, as it is found
 */
export async function tablesDiff(
  project: Project,
  from: string,
  to: string,
  onChange?: (change: Change & { table: string }) => Promise<void>,
): Promise<TablesDiff> {
  await using tables = await openHistories(project);
  const [before, after] = [from, to].map((word) => momentOf(project, tables.all, word)) as [Moment, Moment];
  using comparison = new RowComparison(project.stateDir);
  const diffs: TableDiff[] = [];
  for (const table of tables.all) {
    const pair = [before, after].map((moment) => moment.tables.find(({ name }) => name === table.name));
    // A version of one table is compared with that table only.
    if (pair[0] && pair[1]) diffs.push(await tableDiff(table, pair[0], pair[1], comparison, onChange));
  }
  const files: TablesDiff["files"] = { added: [], removed: [], changed: [], unchanged: 0 };
  for (const { path, before: had, after: has, added, removed, changed } of comparison.files()) {
    if (added + removed + changed === 0) files.unchanged++;
    else files[had === 0 ? "added" : has === 0 ? "removed" : "changed"].push({ path, added, removed, changed });
  }
  const same = diffs.every(
    ({ rows, added, removed, changed }) => rows[0] === rows[1] && !added && !removed && !changed,
  );
  return { from: before.name, to: after.name, same, tables: diffs, files };
}

async function tableDiff(
  table: OpenTable,
  before: MomentTable,
  after: MomentTable,
  comparison: RowComparison,
  onChange: Parameters<typeof tablesDiff>[3],
): Promise<TableDiff> {
  const rowsOf = (version: number | null) => table.versions.find((each) => each.version === version)?.rows ?? 0;
  const versions: TableDiff["versions"] = [before.version, after.version];
  const rows: TableDiff["rows"] = [rowsOf(before.version), rowsOf(after.version)];
  const diff = { table: table.name, engine: table.engine, versions, rows };
  if (table.calls) return { ...diff, added: null, removed: null, changed: null };
  const counts = { added: 0, removed: 0, changed: 0 };
  for await (const change of comparison.changes(versionOf(table, before.version), versionOf(table, after.version))) {
    counts[change.change]++;
    await onChange?.({ table: table.name, ...change });
  }
  return { ...diff, ...counts };
}

function versionOf(table: OpenTable, version: number | null): ComparedVersion {
  return {
    sums: () => (version === null ? none() : storedRows(table.history, version)),
    rows: () => (version === null ? none() : rowsAt(table, version)),
  };
}

async function* none(): AsyncGenerator<never> {}

const TEXTS = ["id", "doc", "path", "row_hash"] as const;
const LINES = ["start_line", "end_line"] as const;

async function* rowsAt({ history }: OpenTable, version: number): AsyncGenerator<ComparedRow> {
  for await (const batch of history.scan([...TEXTS, ...LINES], version)) {
    const [ids, docs, paths, hashes] = TEXTS.map((column) => batch.values(column));
    const [first, last] = LINES.map((column) => batch.values<number>(column));
    for (let i = 0; i < batch.count; i++) {
      const place = { path: paths![i]!, startLine: first![i]!, endLine: last![i]! };
      yield { id: ids![i]!, doc: docs![i]!, hash: hashes![i]!, ...place };
    }
  }
}
