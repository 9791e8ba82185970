/** Measures how a table's vectors are best searched, and saves that. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import type { Settings } from "../../config/schema.ts";
import { MdpError } from "../../core/errors.ts";
import { type Project, tablesDir } from "../../core/project.ts";
import { lockProject } from "../../manifest/lock.ts";
import type { TableIndices } from "../../store/table-indices.ts";
import { cheapest, type Trial, type TuneQuery, tuneVectors } from "../../store/tune.ts";
import type { Tuning, VectorIndex, VectorSearch } from "../../store/tuning.ts";
import type { StoredTable } from "../engines/stored.ts";
import { openTables } from "../engines/tables.ts";
import { readQueries, sampleQueries } from "./queries.ts";
import { chosenTables, openIndices } from "./tables.ts";

/** Rows that a search for ten hits asks the vectors for. */
const LIMIT = 100;
const LEAST_ROWS = 300;

export interface TuneRequest {
  project: Project;
  settings: Settings;
  types: readonly string[];
  /** Share of the ten nearest that has to be found. */
  recall: number;
  indices: readonly VectorIndex[];
  /** How many of the table's own vectors are asked, without a file of questions. */
  sample: number;
  queries?: string | undefined;
  /** False measures only. */
  save: boolean;
  signal?: AbortSignal | undefined;
  onProgress?: ((doing: { engine: string; doing: string }) => void) | undefined;
}

export interface TuneReport {
  engine: string;
  table: string;
  rows: number;
  queries: number;
  /** Whether the queries were questions of a file. */
  asked: boolean;
  target: number;
  before: VectorSearch;
  trials: Trial[];
  /** The quickest that reaches the target, null where none does. */
  chosen: Trial | null;
  saved: boolean;
  /** What its user should know; null when there is nothing. */
  note: string | null;
}

const scratchOf = ({ stateDir }: Project) => join(stateDir, "tune");

/** Removes the copy that a measurement left which was not waited for. */
export function clearScratch(project: Project): void {
  rmSync(scratchOf(project), { recursive: true, force: true });
}

/** @throws MdpError `project-locked` while something writes; InterruptedError: nothing was changed */
export async function tuneIndices(request: TuneRequest): Promise<TuneReport[]> {
  const { project, settings, types } = request;
  const tables = await chosenTables(project, settings, types);
  using _lock = lockProject(project.stateDir, "index tune");
  const reports: TuneReport[] = [];
  for (const table of tables) {
    await using indices = await openIndices(project, table);
    reports.push(await tuneTable(request, table, indices));
  }
  return reports;
}

async function tuneTable(request: TuneRequest, table: StoredTable, indices: TableIndices): Promise<TuneReport> {
  const { project, recall, signal, onProgress, save } = request;
  const { rows, search } = await indices.status();
  const about = { engine: table.engine, table: table.name, rows, target: recall, before: search };
  const nothing = { ...about, queries: 0, asked: false, trials: [], chosen: null, saved: false };
  if (rows < LEAST_ROWS) return { ...nothing, note: `fewer than ${LEAST_ROWS} rows are searched exactly` };
  const queries = await queriesFor(request, table, indices);
  const trials = await tuneVectors(indices, {
    scratch: scratchOf(project),
    queries,
    indices: indices.layout.distance === "hamming" ? ["IVF_FLAT"] : request.indices,
    limit: LIMIT,
    signal,
    onStep: (doing) => onProgress?.({ engine: table.engine, doing }),
  });
  const chosen = cheapest(trials, recall) ?? null;
  if (chosen && save) {
    onProgress?.({ engine: table.engine, doing: `building ${chosen.index}` });
    await indices.tune(tuningFrom(chosen, rows));
  }
  const asked = request.queries !== undefined;
  const saved = chosen !== null && save;
  return { ...about, queries: queries.length, asked, trials, chosen, saved, note: noteOn(indices, asked) };
}

/** The search of a trial and its recall, without what it took. */
function tuningFrom(trial: Trial, rows: number): Tuning {
  const { p50Ms: _p50, p95Ms: _p95, buildSeconds: _seconds, indexBytes: _bytes, ...search } = trial;
  return { ...search, rows };
}

function noteOn({ layout }: TableIndices, asked: boolean): string | null {
  if (layout.type !== "binary" || asked) return null;
  return "of binary vectors only the signs are stored, which find each other too easily: measure with --queries FILE";
}

async function queriesFor(request: TuneRequest, table: StoredTable, indices: TableIndices): Promise<TuneQuery[]> {
  const { queries, sample, project, settings, signal } = request;
  if (queries === undefined) return await sampleQueries(indices, sample);
  const texts = await readQueries(queries);
  if (!table.known) {
    throw new MdpError({
      code: "engine-unknown",
      message: `no settings name an engine with the table "${table.name}", so that nothing can embed the questions`,
      hint: "measure with the table's own vectors: leave out --queries",
    });
  }
  const engine = { ...table.known, search: { ...table.known.search, mode: "vector" as const } };
  const asking = { ...settings, search: { ...settings.search, mode: "vector" as const } };
  await using tables = await openTables(tablesDir(project), [engine], asking);
  const { vectors, dimension } = await tables.open[0]!.embedder!.embed(texts, "query", { signal });
  return texts.map((_, i) => ({ vector: vectors.slice(i * dimension, (i + 1) * dimension), own: null }));
}

/** Goes back to what a table's size and the settings say. */
export async function forgetTuning(
  project: Project,
  settings: Settings,
  types: readonly string[],
): Promise<{ engine: string; table: string }[]> {
  const tables = await chosenTables(project, settings, types);
  using _lock = lockProject(project.stateDir, "index tune");
  for (const table of tables) {
    await using indices = await openIndices(project, table);
    await indices.tune(null);
  }
  return tables.map(({ engine, name }) => ({ engine, table: name }));
}
