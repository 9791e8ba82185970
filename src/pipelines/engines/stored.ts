/** The tables that a project has, also those of engines that its settings do not name any more. */
import type { Settings } from "../../config/schema.ts";
import { type Project, tablesDir } from "../../core/project.ts";
import type { StoreSettings } from "../../store/config.ts";
import document from "../../store/mappers/document.ts";
import type { Mapper } from "../../store/mappers/mapper.ts";
import { callsTable } from "../../store/statement-calls.ts";
import { openStore, type Store } from "../../store/store.ts";
import { tableNames } from "../../store/table.ts";
import { DEFAULT_ENGINE } from "./config.ts";
import type { Engine } from "./engine.ts";
import { openEngines } from "./resolve.ts";

/** A table of passages. */
export interface StoredTable {
  name: string;
  /** Name of the engine; that of the table where no engine has it. */
  engine: string;
  /** Undefined when the settings do not name the engine any more. */
  known: Engine | undefined;
  mapper: Mapper;
  store: StoreSettings;
  /** Name of the table of executions beside it, where there is one. */
  calls: string | undefined;
}

/** The tables of passages: that of the default engine first, the others by the engines' names. */
export async function storedTables(
  project: Project,
  settings: Pick<Settings, "ingest" | "embed" | "search" | "store" | "engines">,
): Promise<StoredTable[]> {
  const engines = await openEngines(settings);
  const names = tableNames(tablesDir(project));
  const owner = new Map(engines.map((engine) => [engine.table, engine]));
  const callsOf = new Map(names.map((name) => [callsTable(name), name]));
  return names
    .filter((name) => owner.has(name) || !callsOf.has(name))
    .map((name): StoredTable => {
      const known = owner.get(name);
      const calls = callsTable(name);
      return {
        name,
        engine: known?.name ?? name,
        known,
        mapper: known?.mapper ?? document,
        store: known?.store ?? settings.store,
        calls: names.includes(calls) && !owner.has(calls) ? calls : undefined,
      };
    })
    .sort((a, b) => rank(a) - rank(b) || (a.engine < b.engine ? -1 : 1));
}

const rank = ({ engine }: StoredTable) => (engine === DEFAULT_ENGINE ? 0 : 1);

/** Opens a table for reading. */
export function openStored(project: Project, { name, mapper, store }: StoredTable): Promise<Store> {
  return openStore({ dir: tablesDir(project), settings: store, table: name, mapper });
}
