/** What the commands share that begin with a search: its flags, and the request that they make. */
import type { Settings } from "../config/schema.ts";
import type { Project } from "../core/project.ts";
import type { ProjectSearch } from "../pipelines/search.ts";
import type { Context } from "./context.ts";
import type { Arg, Args } from "./definition.ts";
import { type SettingSelection, settingArgs } from "./settings.ts";
import { statementArgs, statementFilter } from "./statements.ts";

function mode(value: string): Arg {
  return { type: "boolean", description: `The same as --mode ${value}.`, standsFor: { flag: "mode", value } };
}

const { cluster: _cluster, similarity: _similarity, ...filters } = statementArgs;

/** Flags of a search for a text that is put together from its hits; names of flags by key, where they are others. */
export function searchArgs(names: NonNullable<SettingSelection["names"]> = {}): Args {
  const settings = settingArgs("search", { section: "embed", names }, "store", { section: "ask", names });
  return { type: typeArg, ...filters, ...settings, ...modeArgs };
}

export const typeArg: Arg = {
  type: "string",
  several: true,
  valueHint: "ENGINE",
  description: "Engines to ask, by name or type: md, code, sql; several by commas. All by default.",
};

export const modeArgs: Args = { hybrid: mode("hybrid"), vector: mode("vector"), text: mode("text") };

/** What the flags ask for. @throws UsageError */
export function searchRequest(
  context: Context,
  project: Project,
  settings: Settings,
): Pick<ProjectSearch, "project" | "settings" | "types" | "statements"> {
  const types = context.values("type").flatMap((value) => value.split(",").map((word) => word.trim()));
  return { project, settings, types, statements: statementFilter(context) };
}
