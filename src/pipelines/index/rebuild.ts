/** Builds the indices of a project's tables anew. */
import type { Settings } from "../../config/schema.ts";
import { type Project, tablesDir } from "../../core/project.ts";
import { lockProject } from "../../manifest/lock.ts";
import { checkStoredAs } from "../../store/table.ts";
import type { Rebuilt } from "../../store/table-indices.ts";
import { chosenTables, openIndices } from "./tables.ts";

export interface IndexRebuildRequest {
  project: Project;
  settings: Settings;
  types: readonly string[];
  signal?: AbortSignal | undefined;
  onProgress?: ((step: { engine: string; column: string; done: number; total: number }) => void) | undefined;
}

export interface IndexRebuildEntry {
  engine: string;
  table: string;
  built: Rebuilt[];
}

/**
 * @throws MdpError `project-locked` while something writes, `vector-type` for vectors of another type than those that are
 *   there; InterruptedError: what was built is kept
 */
export async function rebuildIndices(request: IndexRebuildRequest): Promise<IndexRebuildEntry[]> {
  const { project, settings, types, signal, onProgress } = request;
  const tables = await chosenTables(project, settings, types);
  using _lock = lockProject(project.stateDir, "index rebuild");
  const entries: IndexRebuildEntry[] = [];
  for (const table of tables) {
    await using indices = await openIndices(project, table);
    checkStoredAs(table.store.vectorType, indices.layout.type, table.name, tablesDir(project));
    const onStep = (step: { column: string; done: number; total: number }) =>
      onProgress?.({ engine: table.engine, ...step });
    entries.push({ engine: table.engine, table: table.name, built: await indices.rebuild({ signal, onStep }) });
  }
  return entries;
}
