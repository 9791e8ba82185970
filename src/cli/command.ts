/** How a command is written: its definition for citty, and a `run` that is given its context. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { locateProject } from "../config/project.ts";
import { messageOf } from "../core/errors.ts";
import { type Project, RESTORE_JOURNAL } from "../core/project.ts";
import { withLog } from "./command-log.ts";
import { type Context, contextOf } from "./context.ts";
import { type Arg, type Args, type Command, define, type Example, globalArgs, shortOf } from "./definition.ts";

export interface CommandSource {
  meta: { name: string; description: string };
  /** Its own arguments, and the settings that it takes as flags. */
  args?: Args;
  examples: readonly Example[];
  /** Whether it leaves something behind: then its start, its end and what happens between are in `.mdp/logs/`. */
  changes?: boolean;
  /** Does the work and returns the exit code. */
  run(context: Context): Promise<number>;
}

export function command({ run, args, changes = false, ...rest }: CommandSource): Command {
  return define({
    ...rest,
    args: { ...args, ...withoutLetters(args) },
    run: async (given) => {
      const context = contextOf(given);
      return withLog(context, changes, async () => {
        await completeRestores(context);
        return run(context);
      });
    },
  });
}

/**
 * A restore of the tables that was cut off is completed by the next command, whichever it is. Where that fails, what only
 * reads goes on with a warning; `ingest` tries again and stops.
 */
async function completeRestores({ cwd, projectFlag, quiet }: Context): Promise<void> {
  const project = projectOf(cwd, projectFlag);
  if (!project || !existsSync(join(project.stateDir, RESTORE_JOURNAL))) return;
  const { completeRestore } = await import("../pipelines/data/tables/restore.ts");
  const { logFor } = await import("./ui/log.ts");
  const log = logFor({ quiet });
  try {
    const to = await completeRestore(project);
    if (to !== undefined) log.info(`the restore to ${to} that was cut off has been completed`);
  } catch (error) {
    log.warn(`a restore that was cut off cannot be completed: ${messageOf(error)}`);
  }
}

/** None where `--project` is wrong: the command itself says so. */
function projectOf(cwd: string, projectFlag: string | undefined): Project | null {
  try {
    return locateProject(cwd, projectFlag);
  } catch {
    return null;
  }
}

/** The flags of every command, without the letters that this one uses for its own: `-q` of `mdp model convert`. */
function withoutLetters(own: Args = {}): Args {
  const taken = new Set(Object.values(own).map(shortOf));
  return Object.fromEntries(
    Object.entries(globalArgs).map(([name, arg]: [string, Arg]) => {
      const { alias, ...plain } = arg as Arg & { alias?: string };
      return [name, alias !== undefined && taken.has(alias) ? (plain as Arg) : arg];
    }),
  );
}
