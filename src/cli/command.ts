/** How a command is written: its definition for citty, and a `run` that is given its context. */
import { type Context, contextOf } from "./context.ts";
import { type Args, type Command, define, type Example, globalArgs } from "./definition.ts";

export interface CommandSource {
  meta: { name: string; description: string };
  /** Its own arguments, and the settings that it takes as flags. */
  args?: Args;
  examples: readonly Example[];
  /** Does the work and returns the exit code. */
  run(context: Context): Promise<number>;
}

export function command({ run, args, ...rest }: CommandSource): Command {
  return define({ ...rest, args: { ...args, ...globalArgs }, run: (given) => run(contextOf(given)) });
}
