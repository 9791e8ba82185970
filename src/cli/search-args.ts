/** What the commands share that begin with a search: its flags, and the request that they make. */
import type { ProjectSearch } from "../pipelines/search.ts";
import type { Context } from "./context.ts";
import type { Arg, Args } from "./definition.ts";
import { type SettingSelection, settingArgs } from "./settings.ts";
import { statementArgs, statementFilter } from "./statements.ts";
import { typesOf } from "./values.ts";

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

/**
 * What the flags ask for. What was typed wrongly is named before a project that is not there.
 *
 * @throws UsageError; MdpError `no-project`
 */
export async function searchRequest(
  context: Context,
): Promise<Pick<ProjectSearch, "project" | "settings" | "types" | "statements">> {
  const [types, statements] = [typesOf(context), statementFilter(context)];
  const project = context.project();
  return { project, settings: await context.settings(project), types, statements };
}
