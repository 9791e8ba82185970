/** What the commands that use a tokenizer share: its flag and their input. */
import { locateProject } from "../config/project.ts";
import { UsageError } from "../core/errors.ts";
import type { Context } from "./context.ts";
import type { Args } from "./definition.ts";
import { settingArgs } from "./settings.ts";

export const tokenizerArg: Args = settingArgs({ section: "shard", only: ["tokenizer"] });

export function inputArg(description: string): Args {
  return { file: { type: "positional", description, required: false } };
}

/** The tokenizer of the flag, the environment or `mdp.yaml`. @throws UsageError when none names one */
export async function requireTokenizer(context: Context): Promise<string> {
  const { shard } = await context.settings(locateProject(context.cwd, context.projectFlag));
  if (shard.tokenizer !== undefined) return shard.tokenizer;
  throw new UsageError("no tokenizer is named", "name a tokenizer.json, a .model file or a folder with --tokenizer");
}
