/** Settings as flags: one per key of the schema. */
import type { ParsedArgs } from "citty";
import { type Field, fieldsOf } from "../config/fields.ts";
import { type Given, pathSettings } from "../config/load.ts";
import type { SectionName } from "../config/schema.ts";
import { fromText } from "../config/values.ts";
import type { Arg, Args } from "./definition.ts";

/** Some settings of a section as flags, under names that fit the command: `{ shardFormat: "format" }`. */
export interface SettingSelection {
  section: SectionName;
  /** Keys to take; all of the section when absent. */
  only?: readonly string[];
  /** Keys to leave out. */
  except?: readonly string[];
  /** Flags by key, where they are not the key's own. */
  names?: Readonly<Record<string, string>>;
}

/** Flags for the settings of some sections; the first section's are the command's main ones. */
export function settingArgs(...sections: readonly (SectionName | SettingSelection)[]): Args {
  const selections = sections.map((item): SettingSelection => (typeof item === "string" ? { section: item } : item));
  return Object.fromEntries(
    selections.flatMap(({ section, only, except, names }) =>
      fieldsOf([section])
        .filter(({ key }) => (only?.includes(key) ?? true) && !except?.includes(key))
        .map((field) => {
          const flag = names?.[field.key] ?? field.flag;
          return [flag, argOf({ ...field, flag })];
        }),
    ),
  );
}

function argOf(field: Field): Arg {
  const { description, flag } = field;
  if (field.type === "boolean") {
    return { type: "boolean", description, negativeDescription: `Switch off: ${description}`, field };
  }
  const alias = flag.length === 1 ? { alias: flag } : {};
  return { type: "string", description, valueHint: hintOf(field), field, ...alias };
}

function hintOf(field: Field): string {
  if (field.choices) return field.choices.join("|");
  if (field.itemChoices) return `${field.itemChoices.join("|")},…`;
  if (field.numericItems) return "N,…";
  if (field.unit) return field.unit === "bytes" ? "SIZE" : "TIME";
  if (field.type === "string" && pathSettings.some((path) => path === field.path)) return "PATH";
  return field.type === "string" || field.type === "array" ? "TEXT" : "N";
}

/** The settings among parsed arguments, by `section.key`, with values of their fields' types. */
export function givenSettings(args: Args, parsed: ParsedArgs): ReadonlyMap<string, Given> {
  const settings = new Map<string, Given>();
  for (const [name, { field }] of Object.entries(args)) {
    const given: unknown = parsed[name];
    if (!field || given === undefined) continue;
    const value = typeof given === "string" ? fromText(field, given) : given;
    settings.set(field.path, { value, from: given === false ? `--no-${name}` : `--${name}` });
  }
  return settings;
}
