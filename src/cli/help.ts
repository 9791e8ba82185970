/** The help of one command, made from its own data and the schema of its settings. */
import { type Field, fieldsOf } from "../config/fields.ts";
import type { Command, FieldAlias, Positional } from "./command.ts";
import { GLOBAL_FLAGS } from "./flags.ts";
import type { Paint, Terminal } from "./ui/terminal.ts";

/** Widest column of flags; the description of a wider one begins on the next line. */
const MAX_FLAG_COLUMNS = 30;

interface Row {
  left: string;
  right: string;
}

export function renderHelp(words: string, command: Command, paint: Paint, terminal: Terminal): string {
  const parts = [
    command.summary,
    `${paint.bold("Usage:")} mdp ${[words, ...command.positionals.map(shown)].join(" ")} [flags]`,
  ];
  const section = (title: string, rows: readonly Row[]) => {
    if (rows.length > 0) parts.push(`${paint.bold(`${title}:`)}\n${renderRows(rows, paint, terminal.columns)}`);
  };
  section(
    "Arguments",
    command.positionals.map((positional) => ({ left: shown(positional), right: positional.summary })),
  );
  const own = (command.flags ?? []).map(ownRow);
  const [first, ...others] = command.sections;
  if (first === undefined) section("Flags", own);
  else section("Flags", [...own, ...sectionRows(command, [first])]);
  for (const name of others) section(`Flags of the section ${name}`, sectionRows(command, [name]));
  section("Global flags", GLOBAL_FLAGS.map(ownRow));
  const examples = command.examples.map(({ command: line, summary }) => `  ${paint.dim(`# ${summary}`)}\n  ${line}`);
  parts.push(`${paint.bold("Examples:")}\n${examples.join("\n")}`);
  return `${parts.join("\n\n")}\n`;
}

function shown({ name, required, repeated }: Positional): string {
  const text = repeated ? `${name}…` : name;
  return required ? `<${text}>` : `[${text}]`;
}

function ownRow(flag: { name: string; short?: string; value?: string; summary: string }): Row {
  const value = flag.value === undefined ? "" : ` ${flag.value}`;
  const name = flag.name === "color" ? "no-color" : flag.name;
  return { left: `${flag.short ? `-${flag.short}, ` : ""}--${name}${value}`, right: flag.summary };
}

function sectionRows(command: Command, sections: Command["sections"]): Row[] {
  return fieldsOf(sections).flatMap((field) => {
    const aliases = (command.aliases ?? []).filter((alias) => alias.field === field.path);
    return [settingRow(field, aliases), ...aliases.filter((alias) => alias.sets !== undefined).map(aliasRow)];
  });
}

function settingRow(field: Field, aliases: readonly FieldAlias[]): Row {
  const shorts = aliases.filter((alias) => alias.sets === undefined && alias.short).map((alias) => `-${alias.short}, `);
  const flag = field.type === "boolean" && field.default === true ? `no-${field.flag}` : field.flag;
  const left = `${shorts.join("")}--${flag}${placeholder(field)}`;
  const negated = field.type === "boolean" && field.default === true;
  const right = negated ? `Switch off: ${field.description}` : `${field.description}${defaultText(field)}`;
  return { left, right };
}

function aliasRow(alias: FieldAlias): Row {
  return { left: `--${alias.name}`, right: `The same as --${alias.field.split(".")[1]} ${alias.sets}.` };
}

function placeholder(field: Field): string {
  if (field.type === "boolean") return "";
  if (field.choices) return ` ${field.choices.join("|")}`;
  if (field.unit) return field.unit === "bytes" ? " SIZE" : " TIME";
  return field.type === "string" || field.type === "array" ? " TEXT" : " N";
}

function defaultText(field: Field): string {
  const value = field.default;
  if (value === undefined || value === false || (Array.isArray(value) && value.length === 0)) return "";
  return ` [${String(value)}]`;
}

function renderRows(rows: readonly Row[], paint: Paint, columns: number): string {
  const width = Math.min(MAX_FLAG_COLUMNS, Math.max(...rows.map(({ left }) => left.length)));
  const indent = " ".repeat(width + 4);
  return rows
    .map(({ left, right }) => {
      const text = Bun.wrapAnsi(right, Math.max(30, columns - indent.length)).replaceAll("\n", `\n${indent}`);
      const head = `  ${paint.cyan(left)}`;
      return left.length > width ? `${head}\n${indent}${text}` : `${head}${" ".repeat(width - left.length)}  ${text}`;
    })
    .join("\n");
}
