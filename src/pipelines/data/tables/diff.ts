/** What differs between two states of the tables: passages by their ids, and the files that they are of. */
import type { Project } from "../../../core/project.ts";
import { type Change, type ComparedRow, type ComparedVersion, RowComparison } from "../../../manifest/compare.ts";
import { TableHistory } from "../../../store/history.ts";
import { type Moment, type MomentTable, momentOf } from "./moments.ts";
import { openHistories } from "./open.ts";
import { noRows, storedRows } from "./rows.ts";

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
  for (const name of new Set([...before.tables, ...after.tables].map((table) => table.name).sort())) {
    const pair = [before, after].map((moment) => moment.tables.find((table) => table.name === name));
    // A version of one table is compared with that table only.
    if (pair[0] && pair[1]) diffs.push(await tableDiff(pair[0], pair[1], comparison, onChange));
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
  before: MomentTable,
  after: MomentTable,
  comparison: RowComparison,
  onChange: Parameters<typeof tablesDiff>[3],
): Promise<TableDiff> {
  const { name: table, engine, calls } = before;
  const versions: TableDiff["versions"] = [before.version, after.version];
  const diff = { table, engine, versions, rows: [before.rows, after.rows] satisfies TableDiff["rows"] };
  if (calls) return { ...diff, added: null, removed: null, changed: null };
  await using opened = new AsyncDisposableStack();
  const versionOf = async ({ name, dir, version }: MomentTable): Promise<ComparedVersion> => {
    if (version === null) return { sums: noRows, rows: noRows };
    const history = opened.use(await TableHistory.open(dir, name));
    return { sums: () => storedRows(history, version), rows: () => rowsAt(history, version) };
  };
  const counts = { added: 0, removed: 0, changed: 0 };
  for await (const change of comparison.changes(await versionOf(before), await versionOf(after))) {
    counts[change.change]++;
    await onChange?.({ table, ...change });
  }
  return { ...diff, ...counts };
}

const TEXTS = ["id", "doc", "path", "row_hash"] as const;
const LINES = ["start_line", "end_line"] as const;

async function* rowsAt(history: TableHistory, version: number): AsyncGenerator<ComparedRow> {
  for await (const batch of history.scan([...TEXTS, ...LINES], version)) {
    const [ids, docs, paths, hashes] = TEXTS.map((column) => batch.values(column));
    const [first, last] = LINES.map((column) => batch.values<number>(column));
    for (let i = 0; i < batch.count; i++) {
      const place = { path: paths![i]!, startLine: first![i]!, endLine: last![i]! };
      yield { id: ids![i]!, doc: docs![i]!, hash: hashes![i]!, ...place };
    }
  }
}
