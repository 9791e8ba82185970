/** What the commands that use a tokenizer share: its flag and their input. */
import { locateProject } from "../config/project.ts";
import { UsageError } from "../core/errors.ts";
import type { Context } from "./context.ts";
import type { Args } from "./definition.ts";
import { settingArgs } from "./settings.ts";
import { logFor } from "./ui/log.ts";

export const tokenizerArg: Args = settingArgs({ section: "shard", only: ["tokenizer"] });

export function inputArg(description: string): Args {
  return { file: { type: "positional", description, required: false } };
}

/** The file that is named, or `-`; somebody who is to type lines is told so. */
export function inputOf(context: Context): string {
  const input = context.positionals[0] ?? "-";
  if (input === "-" && process.stdin.isTTY) logFor(context).info("reading lines from here; Ctrl-D ends");
  return input;
}

/** The tokenizer of the flag, the environment or `mdp.yaml`. @throws UsageError when none names one */
export async function requireTokenizer(context: Context): Promise<string> {
  const { shard } = await context.settings(locateProject(context.cwd, context.projectFlag));
  if (shard.tokenizer !== undefined) return shard.tokenizer;
  throw new UsageError("no tokenizer is named", "name a tokenizer.json, a .model file or a folder with --tokenizer");
}
