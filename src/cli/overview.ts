/** Help on the program and on a group of commands. It stays light: `mdp --help` loads nothing else. */
import { type CommandGroup, commands } from "./commands/index.ts";
import type { Paint } from "./ui/terminal.ts";

export function renderOverview(paint: Paint): string {
  return `${paint.bold("mdp")}: files in, the best passages out, on your own machine.

${paint.bold("Usage:")} mdp <command> [arguments] [flags]

${paint.bold("Commands:")}
${commandRows(commands, paint)}
  ${paint.cyan("help".padEnd(8))}  Show the help of a command: mdp help search

${paint.bold("Flags of every command:")}
  --project DIR   Project folder; by default the nearest parent with .mdp/ or mdp.yaml
  --json          Print JSON, errors included
  -q, --quiet     No progress and no notes on stderr
  --no-color      No colours; NO_COLOR does the same
  -h, --help      Show the help of a command
  --version       Show the version

${paint.bold("Examples:")}
  mdp ingest docs/
  mdp search "how do I undo a commit?"
`;
}

export function renderGroup(name: string, group: CommandGroup, paint: Paint): string {
  return `${group.summary}

${paint.bold("Usage:")} mdp ${name} <command> [flags]

${paint.bold("Commands:")}
${commandRows(group.commands, paint)}

mdp ${name} <command> --help shows the help of one.
`;
}

function commandRows(entries: Readonly<Record<string, { summary: string }>>, paint: Paint): string {
  return Object.entries(entries)
    .map(([name, { summary }]) => `  ${paint.cyan(name.padEnd(8))}  ${summary}`)
    .join("\n");
}
