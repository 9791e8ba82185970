/** The flags that a command takes: the global ones, its own, and one per setting of its sections. */
import { type Field, fieldsOf } from "../config/fields.ts";
import type { Command, CommandFlag } from "./command.ts";

export interface Flag {
  /** Without dashes; undefined for one that has only a short form. */
  name: string | undefined;
  short: string | undefined;
  takesValue: boolean;
  /** The setting behind the flag. */
  field: Field | undefined;
  /** The value that the flag stands for. */
  sets: string | undefined;
  /** `--no-name` is understood. */
  negatable: boolean;
}

export const GLOBAL_FLAGS: readonly CommandFlag[] = [
  { name: "project", value: "DIR", summary: "Project folder; by default the nearest parent with .mdp/ or mdp.yaml." },
  { name: "json", summary: "Print JSON, errors included." },
  { name: "quiet", short: "q", summary: "No progress and no notes on stderr." },
  { name: "color", summary: "No colours; NO_COLOR does the same." },
  { name: "help", short: "h", summary: "Show this help." },
];

export function flagsOf(command: Command): Flag[] {
  const fields = fieldsOf(command.sections);
  const own = [...GLOBAL_FLAGS, ...(command.flags ?? [])].map(
    (flag): Flag => ({
      name: flag.name,
      short: flag.short,
      takesValue: flag.value !== undefined,
      field: undefined,
      sets: undefined,
      negatable: flag.name === "color",
    }),
  );
  const settings = fields.map(
    (field): Flag => ({
      name: field.flag,
      short: undefined,
      takesValue: field.type !== "boolean",
      field,
      sets: undefined,
      negatable: field.type === "boolean",
    }),
  );
  const aliases = (command.aliases ?? []).map((alias): Flag => {
    const field = fields.find((candidate) => candidate.path === alias.field);
    const takesValue = alias.sets === undefined && field?.type !== "boolean";
    return { name: alias.name, short: alias.short, takesValue, field, sets: alias.sets, negatable: false };
  });
  return [...own, ...settings, ...aliases];
}

/** A flag as users type it: `--k`, or `-k` when there is no long form. */
export function spelling(flag: Flag): string {
  return flag.name === undefined ? `-${flag.short}` : `--${flag.name}`;
}
