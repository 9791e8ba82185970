/** The command line: finds the command, parses its arguments, runs it, and turns what was thrown into an exit code. */
import { UsageError } from "../core/errors.ts";
import { closest } from "../core/suggest.ts";
import type { Command } from "./command.ts";
import { type CommandEntry, type CommandGroup, commands, isGroup } from "./commands/index.ts";
import { isBrokenPipe, writeError, writeOut } from "./output.ts";
import { renderGroup, renderOverview } from "./overview.ts";
import { exitCodeOfError, renderError } from "./ui/error.ts";
import { paintFor, terminalOf } from "./ui/terminal.ts";

/** @param argv arguments after the program's name. @returns the exit code: 0, 1, 2 or 130. */
export async function main(argv: readonly string[]): Promise<number> {
  try {
    return await dispatch(argv);
  } catch (error) {
    // The reader of our output has what it wanted, as in `mdp search … | head`.
    if (isBrokenPipe(error)) return 0;
    writeError(renderError(error, terminalOf("stderr", colorOf(argv)), beforeTexts(argv).includes("--json")));
    return exitCodeOfError(error);
  }
}

async function dispatch(given: readonly string[]): Promise<number> {
  const { globals, rest } = splitLeadingFlags(given);
  const [first] = rest;
  if (first === undefined) return withoutCommand(globals);
  if (first === "help") return help(wordsOf(rest.slice(1)), given);
  const { words, entry, group } = findCommand(rest);
  const args = [...globals, ...rest.slice(words.length)];
  const wantsHelp = beforeTexts(args).some((arg) => arg === "--help" || arg === "-h");
  if (wantsHelp || (group && wordsOf(args).length === 0)) return help(entry ? words : wordsOf(rest), given);
  if (beforeTexts(args).includes("--version")) return version(args);
  if (!entry) throw unknownCommand(rest[words.length]!, words, group);
  return run(words.join(" "), (await entry.load()).default, args);
}

/** Flags may stand before the command too: `mdp --project notes search …`. */
function splitLeadingFlags(argv: readonly string[]): { globals: string[]; rest: string[] } {
  let end = 0;
  while (argv[end]?.startsWith("-")) end += argv[end] === "--project" ? 2 : 1;
  return { globals: argv.slice(0, end), rest: argv.slice(end) };
}

function wordsOf(argv: readonly string[]): string[] {
  return argv.filter((arg) => !arg.startsWith("-"));
}

async function run(words: string, command: Command, argv: readonly string[]): Promise<number> {
  const [{ parseCommandArgs }, { contextOf }] = await Promise.all([import("./args.ts"), import("./context.ts")]);
  return command.run(contextOf(parseCommandArgs(words, command, argv)));
}

async function withoutCommand(flags: readonly string[]): Promise<number> {
  const known = ["--help", "-h", "--version", "-V", "--json", "--no-color", "--color", "--quiet", "-q", "--project"];
  const unknown = flags.find((flag) => flag.startsWith("-") && !known.includes(flag.split("=")[0]!));
  if (unknown !== undefined) {
    const near = closest(unknown, known);
    throw new UsageError(`unknown flag ${unknown}`, near ? `did you mean ${near}?` : "mdp --help lists the commands");
  }
  return flags.includes("--version") || flags.includes("-V") ? version(flags) : help([], flags);
}

async function version(argv: readonly string[]): Promise<number> {
  const { default: command } = await import("./commands/version.ts");
  return run("version", command, argv.includes("--json") ? ["--json"] : []);
}

interface Found {
  /** The words that name the command or the group. */
  words: string[];
  entry?: CommandEntry;
  group?: CommandGroup;
}

function findCommand(argv: readonly string[]): Found {
  const [name = "", second = ""] = argv;
  const entry = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!entry) throw unknownCommand(name, [], undefined);
  if (!isGroup(entry)) return { words: [name], entry };
  const inner = Object.hasOwn(entry.commands, second) ? entry.commands[second] : undefined;
  return inner ? { words: [name, second], entry: inner } : { words: [name], group: entry };
}

async function help(words: readonly string[], argv: readonly string[]): Promise<number> {
  const terminal = terminalOf("stdout", colorOf(argv));
  const paint = paintFor(terminal);
  if (words.length === 0) {
    await writeOut(renderOverview(paint));
    return 0;
  }
  const { words: named, entry, group } = findCommand(words);
  const extra = words[named.length];
  if (group) {
    if (extra !== undefined) throw unknownCommand(extra, named, group);
    await writeOut(renderGroup(named.join(" "), group, paint));
    return 0;
  }
  const [{ renderHelp }, { default: command }] = await Promise.all([import("./help.ts"), entry!.load()]);
  await writeOut(renderHelp(named.join(" "), command, paint, terminal));
  return 0;
}

function unknownCommand(name: string, words: readonly string[], group: CommandGroup | undefined): UsageError {
  const known = [...Object.keys(group?.commands ?? commands), ...(group ? [] : ["help"])];
  const near = closest(name, known);
  const prefix = ["mdp", ...words].join(" ");
  return new UsageError(
    `unknown command "${[...words, name].join(" ")}"`,
    near ? `did you mean ${prefix} ${near}?` : `${prefix} has: ${known.join(", ")}`,
  );
}

/** What stands before `--`: after it, everything is a text. */
function beforeTexts(argv: readonly string[]): readonly string[] {
  const end = argv.indexOf("--");
  return end === -1 ? argv : argv.slice(0, end);
}

function colorOf(argv: readonly string[]): boolean | undefined {
  const given = beforeTexts(argv);
  return given.includes("--no-color") ? false : given.includes("--color") ? true : undefined;
}
