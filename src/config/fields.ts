/** Every setting as one flat list, read from the schema: what flags, environment, file and help are made of. */
import { toJsonSchema } from "@valibot/to-json-schema";
import { type SectionName, Settings, sectionNames } from "./schema.ts";

export type FieldType = "string" | "number" | "integer" | "boolean" | "array";

export interface Field {
  section: SectionName;
  /** Key inside its section of `mdp.yaml`, camelCase. */
  key: string;
  /** `section.key`, as problems and `config show` name it. */
  path: string;
  /** Flag without its dashes: the key in kebab-case. */
  flag: string;
  /** Environment variable, e.g. `MDP_INGEST_CHUNK_TOKENS`. */
  env: string;
  type: FieldType;
  description: string;
  /** Undefined: the setting is unset unless somebody sets it. */
  default: unknown;
  choices: readonly string[] | undefined;
  /** What each item of a list may be, where that is fixed. */
  itemChoices: readonly string[] | undefined;
  /** From the key's ending: `Bytes` takes "10MB", `Ms` takes "30s". */
  unit: "bytes" | "ms" | undefined;
}

/** The part of JSON Schema that settings use. */
interface Property {
  type?: FieldType;
  description?: string;
  default?: unknown;
  enum?: string[];
  items?: Property;
  properties?: Record<string, Property>;
}

const words = (key: string) => key.replace(/([a-z0-9])([A-Z])/g, "$1 $2").toLowerCase();
export const kebabCase = (key: string) => words(key).replaceAll(" ", "-");
const upperSnakeCase = (key: string) => words(key).replaceAll(" ", "_").toUpperCase();

/** JSON Schema of `mdp.yaml`: what editors check it against, and what `mdp config schema` prints. */
export function settingsJsonSchema(): Record<string, unknown> {
  return { title: "mdp.yaml", ...toJsonSchema(Settings, { typeMode: "input" }) };
}

export const fields: readonly Field[] = readFields();

function readFields(): Field[] {
  const root = settingsJsonSchema() as Property;
  return sectionNames.flatMap((section) =>
    Object.entries(root.properties?.[section]?.properties ?? {}).map(([key, property]) => ({
      section,
      key,
      path: `${section}.${key}`,
      flag: kebabCase(key),
      env: `MDP_${upperSnakeCase(section)}_${upperSnakeCase(key)}`,
      type: property.type ?? "string",
      description: property.description ?? "",
      default: property.default,
      choices: property.enum,
      itemChoices: property.items?.enum,
      unit: key.endsWith("Bytes") ? "bytes" : key.endsWith("Ms") ? "ms" : undefined,
    })),
  );
}

/** The fields of some sections, in the schema's order. */
export function fieldsOf(sections: readonly SectionName[]): Field[] {
  return fields.filter((field) => sections.includes(field.section));
}
