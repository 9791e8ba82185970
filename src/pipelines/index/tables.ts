/** Which tables `mdp index` is about. */
import { existsSync } from "node:fs";
import type { Settings } from "../../config/schema.ts";
import { MdpError, UsageError } from "../../core/errors.ts";
import { type Project, tablesDir } from "../../core/project.ts";
import { TableIndices } from "../../store/table-indices.ts";
import { type StoredTable, storedTables } from "../engines/stored.ts";

/**
 * The tables of some engines; no words mean all.
 *
 * @throws UsageError for a word that means no table; MdpError `nothing-ingested` where there is none
 */
export async function chosenTables(
  project: Project,
  settings: Settings,
  words: readonly string[],
): Promise<StoredTable[]> {
  const tables = existsSync(tablesDir(project)) ? await storedTables(project, settings) : [];
  if (tables.length === 0) {
    throw new MdpError({
      code: "nothing-ingested",
      message: "nothing has been ingested into this project yet",
      where: project.dir,
      hint: "run: mdp ingest <files or folders>",
    });
  }
  if (words.length === 0) return tables;
  for (const word of words) {
    if (tables.some((table) => isNamed(table, word))) continue;
    throw new UsageError(
      `no engine "${word}" has a table`,
      `engines with a table: ${tables.map(({ engine }) => engine).join(", ")}`,
    );
  }
  return tables.filter((table) => words.some((word) => isNamed(table, word)));
}

function isNamed({ engine, known }: StoredTable, word: string): boolean {
  return engine === word || known?.kind.name === word || known?.kind.aliases.includes(word) === true;
}

export function openIndices(project: Project, { name, mapper, store }: StoredTable): Promise<TableIndices> {
  return TableIndices.open({ dir: tablesDir(project), table: name, mapper, settings: store });
}
