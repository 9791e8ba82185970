/** Keeping the table's indices complete and its files few: by policy, not on every write. */

import { allInOrder } from "../core/all-in-order.ts";
import type { StoreSettings } from "./config.ts";
import { plainMessage } from "./errors.ts";
import { buildColumnIndex, buildVectorIndex, type IndexStatus, indexedColumns, indexStatus } from "./indices.ts";
import type { LanceDB } from "./lancedb.ts";
import type { Mapper } from "./mappers/mapper.ts";
import { holding, type Tuning, tuningOf, type VectorIndex, type VectorSearch } from "./tuning.ts";
import { layoutOf, type VectorLayout } from "./vector-types.ts";
import { IS_WAITING } from "./waiting.ts";
import { retried } from "./write.ts";

/** Versions younger than this are never pruned: a reader may still be using them. */
const RETENTION_MS = 60 * 60 * 1000;

/** Distance from the oldest tag: LanceDB refuses to prune at all when the limit passes a tagged version. */
const TAG_MARGIN_MS = 60 * 60 * 1000;

/**
 * Share of the table that may be outside an index. Words outside are found, but slowly (75 ms for 2,000 passages) and
 * scored by other statistics, which changes the order of hits.
 */
const TAIL_SHARE = 0.01;

/** Small files that are tolerated before they are joined; every commit makes one. */
const SMALL_FRAGMENTS = 16;

/** LanceDB's rotation takes vectors of a multiple of this many values; others are always searched exactly. */
const VECTOR_INDEX_MULTIPLE = 8;

export interface MaintainReport {
  /** Columns whose index was built, or built anew. */
  built: string[];
  /** True when the rows outside the indices were added to them and small files were joined. */
  folded: boolean;
  prunedVersions: number;
  prunedBytes: number;
  /** What failed; the table stays usable, and the next run tries again. */
  problems: string[];
}

export function nothingToMaintain(): MaintainReport {
  return { built: [], folded: false, prunedVersions: 0, prunedBytes: 0, problems: [] };
}

/** Rows that may lie outside an index before they are added to it. */
export function tailAllowed(rows: number, { foldRows }: Pick<StoreSettings, "foldRows">): number {
  return Math.min(foldRows, rows * TAIL_SHARE);
}

/** Versions older than this may go: they are past the retention, and not near a tagged one. */
export async function pruneLimit(table: LanceDB.Table, retentionMs: number = RETENTION_MS): Promise<Date> {
  const retention = Date.now() - retentionMs;
  const tags = await (await table.tags()).list();
  const tagged = new Set(Object.values(tags).map((tag) => tag.version));
  if (tagged.size === 0) return new Date(retention);
  const times = (await table.listVersions())
    .filter(({ version }) => tagged.has(version))
    .map(({ timestamp }) => timestamp.getTime());
  return new Date(Math.min(retention, ...times.map((time) => time - TAG_MARGIN_MS)));
}

/** Brings the table up to date, with `force` for the smallest tail too. Steps that fail are reported, not thrown. */
export async function maintain(
  table: LanceDB.Table,
  mapper: Mapper,
  settings: StoreSettings,
  force: boolean,
): Promise<MaintainReport> {
  const run = new Maintenance(table, mapper);
  const { rows, indices } = await run.coverage();
  if (rows > 0) for (const column of columnsToBuild(mapper, rows, indices)) await run.build(column);
  const due = await vectorIndexDue(table, rows, indices, settings);
  if (due) await run.build(due.layout.searched, due);

  const tail = Math.max(0, ...(await run.coverage()).indices.map((index) => index.unindexedRows));
  const small = (await table.stats()).fragmentStats.numSmallFragments;
  if (force || tail > tailAllowed(rows, settings) || small > SMALL_FRAGMENTS) {
    await run.fold();
    await run.prune();
  }
  return run.report;
}

/**
 * Columns whose index is missing, or covers less than half of the table: then building it anew costs no more than
 * adding the rest. An index over zero rows is of this kind too; what is added to one is scored by statistics of
 * nothing.
 */
function columnsToBuild(mapper: Mapper, rows: number, indices: readonly IndexStatus[]): string[] {
  return indexedColumns(mapper).filter((column) => {
    const index = indices.find((entry) => entry.column === column);
    return !index || index.indexedRows < rows / 2;
  });
}

/** A search of sign bits takes an eighth of the time of one of floats, so that an index pays off later by as much. */
const BITS_PER_FLOAT = 8;

/** The vector index that a table should have, by what was measured for it or by its size; null for none. */
export function vectorIndexFor(
  layout: VectorLayout,
  tuning: Tuning | undefined,
  rows: number,
  { exactRows }: Pick<StoreSettings, "exactRows">,
): VectorIndex | null {
  const held = holding(tuning, rows);
  if (held) return held.index === "exact" ? null : held.index;
  if (layout.distance === "hamming") return rows > exactRows * BITS_PER_FLOAT ? "IVF_FLAT" : null;
  return rows > exactRows && layout.dimension % VECTOR_INDEX_MULTIPLE === 0 ? "IVF_RQ" : null;
}

/**
 * Parts of an index that a search looks into. LanceDB's own 20 find all of the ten nearest up to 100,000 rows, 0.99 of
 * them at 300,000 and 0.87 at a million, where 80 find all and take as long (`bench/scale.ts`).
 */
const PROBES = 100;

/** Candidates per hit where nothing says how many: of an index of several bits a value, and of one bit. */
const CANDIDATES = { bits: 2, bit: 10 };

/** How the vectors of a table are searched, which has some indices. */
export function vectorSearchOf(
  layout: VectorLayout,
  tuning: Tuning | undefined,
  rows: number,
  indices: readonly Pick<IndexStatus, "column" | "bits">[],
  settings: Pick<StoreSettings, "exactRows" | "refineFactor">,
): VectorSearch {
  const present = indices.find(({ column }) => column === layout.searched);
  const candidates = (present?.bits ?? 1) > 1 ? CANDIDATES.bits : CANDIDATES.bit;
  const search = holding(tuning, rows) ?? { refineFactor: settings.refineFactor ?? candidates, nprobes: PROBES };
  const index = vectorIndexFor(layout, tuning, rows, settings);
  return { ...search, index: index !== null && present ? index : "exact" };
}

interface VectorIndexDue {
  layout: VectorLayout;
  index: VectorIndex;
}

async function vectorIndexDue(
  table: LanceDB.Table,
  rows: number,
  indices: readonly IndexStatus[],
  settings: StoreSettings,
): Promise<VectorIndexDue | undefined> {
  const schema = await table.schema();
  const layout = layoutOf(schema);
  if (!layout || rows === 0) return undefined;
  const index = vectorIndexFor(layout, tuningOf(schema), rows, settings);
  const present = indices.find(({ column }) => column === layout.searched);
  if (index === null || present?.type === index) return undefined;
  // Rows without a vector are in no index; where most have none, there is nothing to train it on.
  const filled = await table.countRows(`NOT (${IS_WAITING})`);
  return vectorIndexFor(layout, tuningOf(schema), filled, settings) === index ? { layout, index } : undefined;
}

/** The steps of one maintenance, and what they did. */
class Maintenance {
  readonly report = nothingToMaintain();
  readonly #table: LanceDB.Table;
  readonly #mapper: Mapper;

  constructor(table: LanceDB.Table, mapper: Mapper) {
    this.#table = table;
    this.#mapper = mapper;
  }

  async coverage(): Promise<{ rows: number; indices: IndexStatus[] }> {
    await this.#table.checkoutLatest();
    const [rows, indices] = await allInOrder([this.#table.countRows(), indexStatus(this.#table)]);
    return { rows, indices };
  }

  async build(column: string, vectors?: VectorIndexDue): Promise<void> {
    const body = () =>
      vectors
        ? buildVectorIndex(this.#table, vectors.layout, vectors.index)
        : buildColumnIndex(this.#table, this.#mapper, column);
    if (await this.#attempt(`building the index on ${column}`, body)) this.report.built.push(column);
  }

  /**
   * Joins small files and adds the tail to the indices. `optimize` compacts, prunes and indexes in this order and an
   * error in one skips the rest, so pruning is kept out of it: nothing is older than the epoch. Where it fails, the
   * indices with a tail are built anew.
   */
  async fold(): Promise<void> {
    const optimize = () => this.#table.optimize({ cleanupOlderThan: new Date(0) });
    this.report.folded = await this.#attempt("folding the indices", optimize);
    if (this.report.folded) return;
    const layout = layoutOf(await this.#table.schema());
    for (const { column, type, unindexedRows } of (await this.coverage()).indices) {
      if (unindexedRows === 0) continue;
      await this.build(column, layout?.searched === column ? { layout, index: type as VectorIndex } : undefined);
    }
  }

  /** Drops versions past the retention, and never near a tagged one. */
  async prune(): Promise<void> {
    await this.#attempt("pruning old versions", async () => {
      const { prune } = await this.#table.optimize({ cleanupOlderThan: await pruneLimit(this.#table) });
      this.report.prunedVersions = prune.oldVersionsRemoved;
      this.report.prunedBytes = prune.bytesRemoved;
    });
  }

  async #attempt(doing: string, body: () => Promise<unknown>): Promise<boolean> {
    try {
      await retried(this.#table, body);
      return true;
    } catch (error) {
      this.report.problems.push(`${doing}: ${plainMessage(error)}`);
      return false;
    }
  }
}
