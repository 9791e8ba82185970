/** Help on the program, a group and a command, made from their definitions. Light: `mdp --help` loads nothing else. */
import {
  type Arg,
  type Args,
  type Command,
  type Group,
  globalArgs,
  isFlag,
  isNegatable,
  shortOf,
} from "./definition.ts";
import { paintFor, type Terminal } from "./ui/terminal.ts";

/** Widest column of flags; the description of a wider one begins on the next line. */
const MAX_FLAG_COLUMNS = 30;

interface Row {
  left: string;
  right: string;
}

export function renderOverview(root: Group, terminal: Terminal): string {
  const paint = paintFor(terminal);
  const help = { left: "help", right: "Show the help of a command: mdp help search" };
  return `${paint.bold(root.meta.name)}: ${root.meta.description}

${paint.bold("Usage:")} mdp <command> [arguments] [flags]

${paint.bold("Commands:")}
${renderRows([...commandRows(root), help], terminal)}

${paint.bold("Flags of every command:")}
${renderRows(Object.entries(root.args).map(flagRow), terminal)}

${paint.bold("Examples:")}
  mdp ingest docs/
  mdp search "how do I undo a commit?"
  mdp shard docs/ --out shards --pack --tokenizer tokenizer.json
`;
}

export function renderGroup(program: string, group: Group, terminal: Terminal): string {
  const paint = paintFor(terminal);
  return `${group.meta.description}

${paint.bold("Usage:")} ${program} <command> [flags]

${paint.bold("Commands:")}
${renderRows(commandRows(group), terminal)}

${program} <command> --help shows the help of one.
`;
}

/** @param siblings the group that the command stands for, whose other commands are named too */
export function renderCommand(program: string, command: Command, terminal: Terminal, siblings?: Group): string {
  const paint = paintFor(terminal);
  const args = Object.entries(command.args);
  const positionals = args.filter(([, arg]) => !isFlag(arg));
  const usage = [program, ...positionals.map(shown), "[flags]"].join(" ");
  const parts = [command.meta.description, `${paint.bold("Usage:")} ${usage}`];
  const section = (title: string, rows: readonly Row[]) => {
    if (rows.length > 0) parts.push(`${paint.bold(`${title}:`)}\n${renderRows(rows, terminal)}`);
  };
  if (siblings) section("Commands", commandRows(siblings));
  section(
    "Arguments",
    positionals.map((entry) => ({ left: shown(entry), right: entry[1].description ?? "" })),
  );
  for (const [title, flags] of flagSections(command.args)) section(title, flags.map(flagRow));
  const examples = command.examples.map(({ command: line, summary }) => `  ${paint.dim(`# ${summary}`)}\n  ${line}`);
  parts.push(`${paint.bold("Examples:")}\n${examples.join("\n")}`);
  return `${parts.join("\n\n")}\n`;
}

type Entry = readonly [name: string, arg: Arg];

/** The command's own flags with those of its first section, then section by section, then the global ones. */
function flagSections(args: Args): Map<string, Entry[]> {
  const sections = new Map<string, Entry[]>([["Flags", []]]);
  const main = Object.values(args).find(({ field }) => field)?.field?.section;
  const [globals, own]: [Entry[], Entry[]] = [[], []];
  for (const entry of Object.entries(args)) (entry[0] in globalArgs ? globals : own).push(entry);
  for (const entry of own) {
    const [name, { field, standsFor }] = entry;
    if (!isFlag(entry[1]) || standsFor) continue;
    const title = field === undefined || field.section === main ? "Flags" : `Flags of the section ${field.section}`;
    const shorthands = own.filter(([, arg]) => arg.standsFor?.flag === name);
    sections.set(title, [...(sections.get(title) ?? []), entry, ...shorthands]);
  }
  return sections.set("Global flags", globals);
}

function shown([name, { required, repeated }]: Entry): string {
  const text = repeated ? `${name}…` : name;
  return required ? `<${text}>` : `[${text}]`;
}

/** A switch that is on, or that only `--no-` changes anything about, is shown as what switches it off. */
function flagRow([name, arg]: Entry): Row {
  const short = shortOf(arg);
  const letter = short === undefined ? "" : `-${short}, `;
  if (isNegatable(arg) && (arg.field === undefined || arg.field.default === true)) {
    return { left: `${letter}--no-${name}`, right: negativeOf(arg) };
  }
  const value = "valueHint" in arg ? ` ${arg.valueHint}` : "";
  return { left: `${letter}--${name}${value}`, right: `${arg.description}${defaultText(arg)}` };
}

function negativeOf(arg: Arg): string {
  return ("negativeDescription" in arg && arg.negativeDescription) || "";
}

function defaultText({ field }: Arg): string {
  const value = field?.default;
  if (value === undefined || value === false || (Array.isArray(value) && value.length === 0)) return "";
  return ` [${String(value)}]`;
}

function commandRows(group: Group): Row[] {
  return Object.entries(group.subCommands).map(([left, entry]) => ({
    left,
    right: typeof entry === "function" ? entry.summary : entry.meta.description,
  }));
}

function renderRows(rows: readonly Row[], terminal: Terminal): string {
  const paint = paintFor(terminal);
  const width = Math.min(MAX_FLAG_COLUMNS, Math.max(...rows.map(({ left }) => left.length)));
  const indent = " ".repeat(width + 4);
  return rows
    .map(({ left, right }) => {
      const text = Bun.wrapAnsi(right, Math.max(30, terminal.columns - indent.length)).replaceAll("\n", `\n${indent}`);
      const head = `  ${paint.cyan(left)}`;
      return left.length > width ? `${head}\n${indent}${text}` : `${head}${" ".repeat(width - left.length)}  ${text}`;
    })
    .join("\n");
}
