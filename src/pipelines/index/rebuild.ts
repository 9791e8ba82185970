/** Builds the indices of a project's tables anew, and stores their vectors as the settings say. */
import { join } from "node:path";
import type { Settings } from "../../config/schema.ts";
import { type Project, tablesDir } from "../../core/project.ts";
import { lockProject } from "../../manifest/lock.ts";
import { State } from "../../manifest/state.ts";
import { type Converted, convertVectors, isSmaller } from "../../store/convert.ts";
import type { Rebuilt } from "../../store/table-indices.ts";
import { metaKey } from "../ingest/meta.ts";
import { chosenTables, openIndices } from "./tables.ts";

export interface IndexRebuildRequest {
  project: Project;
  settings: Settings;
  types: readonly string[];
  signal?: AbortSignal | undefined;
  onProgress?: ((step: { engine: string; column: string; done: number; total: number }) => void) | undefined;
  onConvert?: ((step: { engine: string; done: number; total: number }) => void) | undefined;
}

export interface IndexRebuildEntry {
  engine: string;
  table: string;
  built: Rebuilt[];
  /** What became of the vectors where another type is set than they had; null where they stayed. */
  converted: Omit<Converted, "built"> | null;
}

/** @throws MdpError `project-locked` while something writes; InterruptedError: what was built is kept */
export async function rebuildIndices(request: IndexRebuildRequest): Promise<IndexRebuildEntry[]> {
  const { project, settings, types, signal, onProgress, onConvert } = request;
  const tables = await chosenTables(project, settings, types);
  using _lock = lockProject(project.stateDir, "index rebuild");
  const entries: IndexRebuildEntry[] = [];
  for (const table of tables) {
    await using indices = await openIndices(project, table);
    const { name, engine, mapper, store } = table;
    const onStep = (step: { column: string; done: number; total: number }) => onProgress?.({ engine, ...step });
    const type = store.vectorType;
    if (type === undefined || type === indices.layout.type) {
      entries.push({ engine, table: name, built: await indices.rebuild({ signal, onStep }), converted: null });
      continue;
    }
    // Before rows without vectors appear: the next ingest looks for them.
    if (!isSmaller(indices.layout.type, type)) markWaiting(project, engine);
    const { built, ...converted } = await convertVectors({
      dir: tablesDir(project),
      table: name,
      mapper,
      settings: store,
      type,
      workDir: join(project.stateDir, "converting"),
      signal,
      onStep,
      onRows: (done, total) => onConvert?.({ engine, done, total }),
    });
    entries.push({ engine, table: name, built, converted });
  }
  return entries;
}

function markWaiting({ stateDir }: Project, engine: string): void {
  using state = new State(stateDir);
  state.setMeta(metaKey("vectors", engine), "due");
}
