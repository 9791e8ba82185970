/** The command line: finds the command, checks its arguments, lets citty run it, and makes exit codes of errors. */
import { runCommand } from "citty";
import { listenToLog } from "../core/log.ts";
import { root } from "./commands/index.ts";
import type { Command } from "./definition.ts";
import { type Found, findCommand } from "./find.ts";
import { renderCommand, renderGroup, renderOverview } from "./help.ts";
import { readLogFlags, terminalLog, writeToTerminal } from "./log.ts";
import { isBrokenPipe, writeOut } from "./output.ts";
import { strictArgs } from "./strict.ts";
import { exitCodeOfError, renderError } from "./ui/error.ts";
import { terminalOf } from "./ui/terminal.ts";

/** @param argv arguments after the program's name. @returns the exit code: 0, 1, 2 or 130. */
export async function main(argv: readonly string[]): Promise<number> {
  readLogFlags(beforeTexts(argv));
  try {
    return await dispatch(argv);
  } catch (error) {
    // The reader of our output has what it wanted, as in `mdp search … | head`.
    if (isBrokenPipe(error)) return 0;
    if (terminalLog.format === "json") {
      const { sayError } = await import("./command-log.ts");
      using _terminal = listenToLog(writeToTerminal);
      sayError(error);
      return exitCodeOfError(error);
    }
    const { logFor } = await import("./ui/log.ts");
    const text = renderError(error, terminalOf("stderr", colorOf(argv)), beforeTexts(argv).includes("--json"));
    logFor({ quiet: false }).error(text);
    return exitCodeOfError(error);
  }
}

async function dispatch(argv: readonly string[]): Promise<number> {
  const found = await findCommand(root, argv);
  const { words, rest, command, group } = found;
  const program = ["mdp", ...words].join(" ");
  terminalLog.command = words.join(" ");
  const asksFor = (...flags: string[]) => beforeTexts(rest).some((arg) => flags.includes(arg));
  if (asksFor("--help", "-h")) return help(program, found, colorOf(argv));
  if (group) strictArgs(program, group.args, rest);
  if (asksFor("--version", "-V")) return version(asksFor("--json"));
  return command ? run(program, command, rest) : help(program, found, colorOf(argv));
}

async function run(program: string, command: Command, argv: readonly string[]): Promise<number> {
  const { result } = await runCommand(command, { rawArgs: strictArgs(program, command.args, argv) });
  return result as number;
}

async function version(json: boolean): Promise<number> {
  const { default: command } = await import("./commands/version.ts");
  return run("mdp version", command, json ? ["--json"] : []);
}

async function help(program: string, found: Found, color: boolean | undefined): Promise<number> {
  const terminal = terminalOf("stdout", color);
  const { command, group } = found;
  if (command) await writeOut(renderCommand(program, command, terminal, found.siblings));
  else await writeOut(group === root ? renderOverview(group, terminal) : renderGroup(program, group, terminal));
  return 0;
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
