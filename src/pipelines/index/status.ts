/** What the indices of a project's tables are, and how much of each table they cover. */
import type { Settings } from "../../config/schema.ts";
import type { Project } from "../../core/project.ts";
import type { TableIndicesStatus } from "../../store/table-indices.ts";
import { chosenTables, openIndices } from "./tables.ts";

export interface IndexStatusEntry extends TableIndicesStatus {
  engine: string;
  table: string;
}

export async function indexStatus(
  project: Project,
  settings: Settings,
  types: readonly string[],
): Promise<IndexStatusEntry[]> {
  const entries: IndexStatusEntry[] = [];
  for (const table of await chosenTables(project, settings, types)) {
    await using indices = await openIndices(project, table);
    entries.push({ engine: table.engine, table: table.name, ...(await indices.status()) });
  }
  return entries;
}
