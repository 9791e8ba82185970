/** Keeping the table's indices complete and its files few: by policy, not on every write. */
import { messageOf } from "../core/errors.ts";
import type { LanceDB } from "./arrow.ts";
import type { StoreSettings } from "./config.ts";
import { plainMessage } from "./errors.ts";
import { buildColumnIndex, buildVectorIndex, COLUMN_INDICES, type IndexStatus, indexStatus } from "./indices.ts";

/** Versions younger than this are never pruned: a reader may still be using them. */
const RETENTION_MS = 60 * 60 * 1000;

/** Distance from the oldest tag: LanceDB refuses to prune at all when the limit passes a tagged version. */
const TAG_MARGIN_MS = 60 * 60 * 1000;

/** Share of the table that may be outside an index before it is brought up to date. */
const TAIL_SHARE = 0.01;

export interface MaintainReport {
  /** Names of columns whose index was built, or built anew. */
  built: string[];
  /** True when the rows outside the indices were added to them and small files were joined. */
  folded: boolean;
  prunedVersions: number;
  prunedBytes: number;
  /** What failed; the table stays usable, and the next run tries again. */
  problems: string[];
}

interface Coverage {
  rows: number;
  indices: IndexStatus[];
}

async function coverage(table: LanceDB.Table): Promise<Coverage> {
  await table.checkoutLatest();
  const [rows, indices] = await Promise.all([table.countRows(), indexStatus(table)]);
  return { rows, indices };
}

/**
 * Columns whose index is missing, or was built over so little of the table that adding the rest costs more than
 * building it anew. An index over zero rows is of this kind: what is added to it later is scored by statistics of
 * nothing.
 */
function columnsToBuild({ rows, indices }: Coverage): string[] {
  if (rows === 0) return [];
  return COLUMN_INDICES.filter(({ column, text }) => {
    const index = indices.find((entry) => entry.column === column);
    return !index || (text && index.unindexedRows >= Math.max(1, index.indexedRows));
  }).map(({ column }) => column);
}

/** Whether the vector index is wanted and missing, or was trained on less than a quarter of what it now covers. */
function vectorIndexDue({ rows, indices }: Coverage, exactRows: number): boolean {
  if (rows <= exactRows) return false;
  const index = indices.find((entry) => entry.column === "vector");
  return !index || index.unindexedRows >= Math.max(1, index.indexedRows);
}

/** Brings the table up to date. With `force` also for the smallest tail. Errors of single steps are reported, not thrown. */
export async function maintain(table: LanceDB.Table, settings: StoreSettings, force: boolean): Promise<MaintainReport> {
  const report: MaintainReport = { built: [], folded: false, prunedVersions: 0, prunedBytes: 0, problems: [] };
  const attempt = async (what: string, body: () => Promise<void>): Promise<boolean> => {
    try {
      await body();
      return true;
    } catch (error) {
      report.problems.push(`${what}: ${plainMessage(messageOf(error))}`);
      return false;
    }
  };

  const before = await coverage(table);
  for (const column of columnsToBuild(before)) {
    if (await attempt(`index on ${column}`, () => buildColumnIndex(table, column))) report.built.push(column);
  }
  if (vectorIndexDue(before, settings.exactRows)) {
    if (await attempt("index on vector", () => buildVectorIndex(table))) report.built.push("vector");
  }

  const { rows, indices } = await coverage(table);
  const tail = Math.max(0, ...indices.map((index) => index.unindexedRows));
  const tolerated = force ? 0 : Math.max(settings.foldRows, rows * TAIL_SHARE);
  if (tail > tolerated || force) {
    report.folded = await fold(table, attempt, report);
    await attempt("pruning old versions", async () => {
      const { prune } = await table.optimize({ cleanupOlderThan: await pruneLimit(table) });
      report.prunedVersions = prune.oldVersionsRemoved;
      report.prunedBytes = prune.bytesRemoved;
    });
  }
  return report;
}

/**
 * Joins small files and adds the tail to the indices. `optimize` compacts, prunes and indexes in this order and an
 * error in one skips the rest, so pruning is kept out of it: nothing is older than the epoch. Where it fails twice
 * the indices with a tail are built anew.
 */
async function fold(
  table: LanceDB.Table,
  attempt: (what: string, body: () => Promise<void>) => Promise<boolean>,
  report: MaintainReport,
): Promise<boolean> {
  const optimize = async () => {
    await table.optimize({ cleanupOlderThan: new Date(0) });
  };
  if (await attempt("folding the indices", optimize)) return true;
  if (await attempt("folding the indices again", optimize)) return true;
  let complete = true;
  for (const { column, unindexedRows } of (await coverage(table)).indices) {
    if (unindexedRows === 0) continue;
    const build = () => (column === "vector" ? buildVectorIndex(table) : buildColumnIndex(table, column));
    if (await attempt(`index on ${column}`, build)) report.built.push(column);
    else complete = false;
  }
  return complete;
}

/** The time before which versions are dropped: the retention, and never near a tagged version. */
async function pruneLimit(table: LanceDB.Table): Promise<Date> {
  const retention = Date.now() - RETENTION_MS;
  const tags = await (await table.tags()).list();
  const tagged = new Set(Object.values(tags).map((tag) => tag.version));
  if (tagged.size === 0) return new Date(retention);
  const times = (await table.listVersions())
    .filter(({ version }) => tagged.has(version))
    .map(({ timestamp }) => timestamp.getTime());
  return new Date(Math.min(retention, ...times.map((time) => time - TAG_MARGIN_MS)));
}
