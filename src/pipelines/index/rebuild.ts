/** Builds the indices of a project's tables anew, and stores their vectors as the settings say. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Settings } from "../../config/schema.ts";
import type { EmbedderDescription } from "../../core/ports.ts";
import { type Project, tablesDir } from "../../core/project.ts";
import { lockProject } from "../../manifest/lock.ts";
import { State } from "../../manifest/state.ts";
import { type Converted, convertVectors, isSmaller } from "../../store/convert.ts";
import { TableHistory } from "../../store/history.ts";
import type { Rebuilt } from "../../store/table-indices.ts";
import { type StoredTable, storedTables } from "../engines/stored.ts";
import { EngineRuns } from "../ingest/engine-runs.ts";
import { metaKey } from "../ingest/meta.ts";
import { modelIdentity } from "../ingest/model-identity.ts";
import { chosenTables, openIndices } from "./tables.ts";

export interface IndexRebuildRequest {
  project: Project;
  settings: Settings;
  types: readonly string[];
  /** Take the vectors of another model than the settings name out: the next ingest makes them anew. */
  vectors?: boolean | undefined;
  signal?: AbortSignal | undefined;
  onProgress?: ((step: { engine: string; column: string; done: number; total: number }) => void) | undefined;
  onConvert?: ((step: { engine: string; done: number; total: number }) => void) | undefined;
}

export interface IndexRebuildEntry {
  engine: string;
  table: string;
  built: Rebuilt[];
  /** What became of the vectors where they could not stay as they were; null where they could. */
  converted: (Omit<Converted, "built"> & { model: string | null }) | null;
}

/** @throws MdpError `project-locked` while something writes; InterruptedError: what was built is kept */
export async function rebuildIndices(request: IndexRebuildRequest): Promise<IndexRebuildEntry[]> {
  const { project, settings, types, vectors = false } = request;
  const tables = await chosenTables(project, settings, types);
  using _lock = lockProject(project.stateDir, "index rebuild");
  const entries: IndexRebuildEntry[] = [];
  for (const table of tables) {
    const another = vectors ? await otherEmbedder(project, settings, table) : undefined;
    entries.push(await rebuild(request, table, another));
  }
  return entries;
}

/**
 * The same for those tables only whose vectors are of another type or model than the settings name.
 *
 * @throws MdpError as `rebuildIndices`
 */
export async function adaptTables(
  request: Pick<IndexRebuildRequest, "project" | "settings" | "signal">,
): Promise<IndexRebuildEntry[]> {
  const { project, settings } = request;
  const tables = existsSync(tablesDir(project)) ? await storedTables(project, settings) : [];
  const entries: IndexRebuildEntry[] = [];
  for (const table of tables) {
    const another = (await mayBeOther(project, settings, table))
      ? await otherEmbedder(project, settings, table)
      : undefined;
    if (!another && !(await isOfOtherType(project, table))) continue;
    using _lock = lockProject(project.stateDir, "index rebuild");
    entries.push(await rebuild({ ...request, types: [] }, table, another));
  }
  return entries;
}

async function mayBeOther({ stateDir }: Project, settings: Settings, { known }: StoredTable): Promise<boolean> {
  if (!known) return false;
  using state = new State(stateDir);
  const model = await modelIdentity(known.model ?? settings.embed.model);
  return state.meta(metaKey("model", known.name)) !== model;
}

async function isOfOtherType(project: Project, { name, known, store }: StoredTable): Promise<boolean> {
  if (!known || store.vectorType === undefined) return false;
  await using history = await TableHistory.open(tablesDir(project), name);
  return (await history.layout())?.type !== store.vectorType;
}

async function rebuild(
  { project, signal, onProgress, onConvert }: IndexRebuildRequest,
  table: StoredTable,
  embedder: EmbedderDescription | undefined,
): Promise<IndexRebuildEntry> {
  const { name, engine, mapper, store } = table;
  const onStep = (step: { column: string; done: number; total: number }) => onProgress?.({ engine, ...step });
  await using indices = await openIndices(project, table);
  const stored = indices.layout.type;
  const type = store.vectorType ?? stored;
  if (type === stored && !embedder) {
    return { engine, table: name, built: await indices.rebuild({ signal, onStep }), converted: null };
  }
  // Before rows without vectors appear: the next ingest looks for them.
  if (embedder || !isSmaller(stored, type)) markWaiting(project, engine);
  const { built, ...converted } = await convertVectors({
    dir: tablesDir(project),
    table: name,
    mapper,
    settings: store,
    type,
    embedder,
    workDir: join(project.stateDir, "converting"),
    signal,
    onStep,
    onRows: (done, total) => onConvert?.({ engine, done, total }),
  });
  return { engine, table: name, built, converted: { ...converted, model: embedder?.name ?? null } };
}

/** The embedder of the settings, where it is not the one whose vectors the table has. */
async function otherEmbedder(
  project: Project,
  settings: Settings,
  { name, known }: StoredTable,
): Promise<EmbedderDescription | undefined> {
  if (!known) return undefined;
  await using history = await TableHistory.open(tablesDir(project), name);
  const label = await history.label();
  await using runs = new EngineRuns(project, settings, [known]);
  const { description } = await runs.embedder(known);
  return label?.embedder.fingerprint === description.fingerprint ? undefined : description;
}

function markWaiting({ stateDir }: Project, engine: string): void {
  using state = new State(stateDir);
  state.setMeta(metaKey("vectors", engine), "due");
}
