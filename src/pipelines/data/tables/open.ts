/** The tables of a project for their versions: those of passages, and those of executions beside them. */
import { type Project, tablesDir } from "../../../core/project.ts";
import { TableHistory, type TableVersion } from "../../../store/history.ts";
import { TABLE } from "../../../store/schema.ts";
import { callsTable } from "../../../store/statement-calls.ts";
import { tableNames } from "../../../store/table.ts";
import { DEFAULT_ENGINE } from "../../engines/config.ts";

export interface OpenTable {
  history: TableHistory;
  name: string;
  /** Name of the engine that it belongs to. */
  engine: string;
  /** It holds executions of statements, not passages. */
  calls: boolean;
  /** The oldest first. */
  versions: readonly TableVersion[];
}

export interface OpenTables extends AsyncDisposable {
  /** Those of passages and of executions, by name. */
  all: readonly OpenTable[];
}

/** Which table is whose follows from the names, so that it holds for engines that the settings do not name any more. */
export async function openHistories(project: Project): Promise<OpenTables> {
  await using opened = new AsyncDisposableStack();
  const dir = tablesDir(project);
  const names = tableNames(dir);
  const bases = new Map(names.map((name) => [callsTable(name), name]));
  const all: OpenTable[] = [];
  for (const name of names) {
    const history = opened.use(await TableHistory.open(dir, name));
    const base = bases.get(name);
    const calls = base !== undefined && (await history.label()) === undefined;
    all.push({ history, name, engine: engineOf(calls ? base : name), calls, versions: await history.versions() });
  }
  const kept = opened.move();
  return { all, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

const engineOf = (table: string) => (table === TABLE ? DEFAULT_ENGINE : table);

/** Whether a word names the table or its engine. */
export const isNamed = ({ name, engine, calls }: OpenTable, word: string): boolean =>
  name === word || (engine === word && !calls);
