/** How a command is written: its definition for citty, and a `run` that is given its context. */
import { type Context, contextOf } from "./context.ts";
import { type Arg, type Args, type Command, define, type Example, globalArgs, shortOf } from "./definition.ts";

export interface CommandSource {
  meta: { name: string; description: string };
  /** Its own arguments, and the settings that it takes as flags. */
  args?: Args;
  examples: readonly Example[];
  /** Does the work and returns the exit code. */
  run(context: Context): Promise<number>;
}

export function command({ run, args, ...rest }: CommandSource): Command {
  return define({ ...rest, args: { ...args, ...withoutLetters(args) }, run: (given) => run(contextOf(given)) });
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
