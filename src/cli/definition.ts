/**
 * What a command is: citty's definitions, and the few facts that citty has no place for. It stays light, as the
 * overview is made of it.
 */
import { type ArgDef, type CommandDef, type CommandMeta, defineCommand } from "citty";
import type { Field } from "../config/fields.ts";

export type Arg = ArgDef & {
  /** The setting behind a flag. Its default and its choices stay with the schema: citty sees only what was typed. */
  field?: Field;
  /** A switch that is short for another flag with a value. */
  standsFor?: { flag: string; value: string };
  /** A flag that may be given several times, each time with one more value, of any text: `values` gives them all. */
  several?: boolean;
  /** With `several`: the words that follow its value are values, too, as in mlx-lm's `--extra-eos-token A B`. */
  takesWords?: boolean;
  /** A positional argument that takes all that follow. */
  repeated?: boolean;
};

/** By name without dashes: positional arguments in their order, and flags. */
export type Args = Readonly<Record<string, Arg>>;

export interface Example {
  command: string;
  summary: string;
}

type Meta = CommandMeta & { name: string; description: string };

export type Command = CommandDef<Args> & { meta: Meta; args: Args; examples: readonly Example[] };

/** One of citty's lazy subcommands, with the line that the overview says of it before it is loaded. */
export type LazyCommand = (() => Promise<Command>) & { summary: string };

export type Group = CommandDef<Args> & {
  meta: Meta;
  args: Args;
  subCommands: Readonly<Record<string, LazyCommand | Group>>;
  /** What runs when the next word names no command of the group: `mdp shard data` beside `mdp shard inspect`. */
  fallback?: LazyCommand;
};

/** citty's `defineCommand`, which gives back what it was given, with the type of that. */
export function define<Definition extends CommandDef<Args>>(definition: Definition): Definition {
  return defineCommand(definition) as Definition;
}

/** A boolean with a `negativeDescription` can be switched off by `--no-name`. */
export const globalArgs = {
  project: {
    type: "string",
    valueHint: "DIR",
    description: "Project folder; by default the nearest parent with .mdp/ or mdp.yaml.",
  },
  json: { type: "boolean", description: "Print JSON, errors included." },
  quiet: { type: "boolean", alias: "q", description: "No progress and no notes on stderr." },
  color: {
    type: "boolean",
    description: "Colours, wherever the output goes.",
    negativeDescription: "No colours; NO_COLOR does the same.",
  },
  "log-format": {
    type: "string",
    valueHint: "text|json",
    description: "Form of what goes to stderr: words, or one JSON object a line.",
  },
  "log-level": {
    type: "string",
    valueHint: "debug|info|warn|error",
    description: "Least level of what goes to stderr; with debug, .mdp/logs/ has more too.",
  },
  help: { type: "boolean", alias: "h", description: "Show the help of a command." },
  version: { type: "boolean", alias: "V", description: "Show the version." },
} satisfies Args;

/** Between the values of a flag that was given several times; no argument can hold it. */
export const VALUE_END = "\0";

/** Whether a flag has a value behind it; switches and positional arguments have none. */
export function takesValue(arg: Arg): boolean {
  return arg.type === "string";
}

/** Whether `--no-name` is understood. */
export function isNegatable(arg: Arg): boolean {
  return arg.type === "boolean" && arg.negativeDescription !== undefined;
}

export function isFlag(arg: Arg): boolean {
  return arg.type !== "positional";
}

/** The letter of `-k`. */
export function shortOf(arg: Arg): string | undefined {
  return "alias" in arg && typeof arg.alias === "string" ? arg.alias : undefined;
}
