/** Every setting as one flat list, read from the schema: what flags, environment, file and help are made of. */
import { toJsonSchema } from "@valibot/to-json-schema";
import { type SectionName, Settings, sectionNames } from "./schema.ts";

export type FieldType = "string" | "number" | "integer" | "boolean" | "array";

/** What a value may be, for messages and for reading it. */
export interface ValueShape {
  type: FieldType;
  description: string;
  choices: readonly string[] | undefined;
  /** What each item of a list may be, where that is fixed. */
  itemChoices: readonly string[] | undefined;
  /** Whether the items of a list are numbers. */
  numericItems: boolean;
  /** From the key's ending: `Bytes` takes "10MB", `Ms` takes "30s". */
  unit: "bytes" | "ms" | undefined;
}

/** Sections with keys that others have too: where all flags meet, theirs begin with the section's name. */
const SHARING_KEYS: ReadonlySet<SectionName> = new Set(["trainEmbedder"]);

export interface Field extends ValueShape {
  section: SectionName;
  /** Key inside its section of `mdp.yaml`, camelCase. */
  key: string;
  /** `section.key`, as problems and `config show` name it. */
  path: string;
  /** Flag without its dashes: the key in kebab-case, after that of the section where other sections have the key. */
  flag: string;
  /** Environment variable, e.g. `MDP_INGEST_CHUNK_TOKENS`. */
  env: string;
  /** Undefined: the setting is unset unless somebody sets it. */
  default: unknown;
}

/** The part of JSON Schema that settings use. */
interface Property {
  type?: FieldType | "object";
  description?: string;
  default?: unknown;
  enum?: string[];
  items?: Property;
  properties?: Record<string, Property>;
  additionalProperties?: Property | boolean;
}

const words = (key: string) => key.replace(/([a-z0-9])([A-Z])/g, "$1 $2").toLowerCase();
export const kebabCase = (key: string) => words(key).replaceAll(" ", "-");
const upperSnakeCase = (key: string) => words(key).replaceAll(" ", "_").toUpperCase();

/** JSON Schema of `mdp.yaml`: what editors check it against, and what `mdp config schema` prints. */
export function settingsJsonSchema(): Record<string, unknown> {
  return { title: "mdp.yaml", ...toJsonSchema(Settings, { typeMode: "input" }) };
}

let root: Property | undefined;

export const fields: readonly Field[] = readFields();

function readFields(): Field[] {
  const root = schemaRoot();
  return sectionNames.flatMap((section) =>
    Object.entries(root.properties?.[section]?.properties ?? {}).map(([key, property]) => ({
      section,
      key,
      path: `${section}.${key}`,
      flag: kebabCase(SHARING_KEYS.has(section) ? `${section}-${key}` : key),
      env: `MDP_${upperSnakeCase(section)}_${upperSnakeCase(key)}`,
      default: property.default,
      ...shapeOf(key, property),
    })),
  );
}

function shapeOf(key: string, property: Property): ValueShape {
  const { type = "string", description = "" } = property;
  return {
    type: type === "object" ? "string" : type,
    description,
    choices: property.enum,
    itemChoices: property.items?.enum,
    numericItems: property.items?.type === "number" || property.items?.type === "integer",
    unit: key.endsWith("Bytes") ? "bytes" : key.endsWith("Ms") ? "ms" : undefined,
  };
}

function schemaRoot(): Property {
  root ??= settingsJsonSchema() as Property;
  return root;
}

/** What stands at a path of `mdp.yaml`. */
export interface Place {
  /** The part of the path that the schema knows: an item of a list counts as the list. */
  path: readonly string[];
  /** What the value may be; undefined for a section with keys. */
  value: ValueShape | undefined;
  /** The keys of a section; undefined where the user names them. */
  keys: readonly string[] | undefined;
}

/** The place that a path names, or the nearest one around it that the schema knows. */
export function placeAt(path: readonly string[]): Place {
  let property = schemaRoot();
  let depth = 0;
  for (; depth < path.length; depth++) {
    const key = path[depth]!;
    const own = Object.hasOwn(property.properties ?? {}, key) ? property.properties![key] : undefined;
    const next = own ?? (typeof property.additionalProperties === "object" ? property.additionalProperties : undefined);
    if (!next) break;
    property = next;
  }
  const section = property.type === "object";
  return {
    path: path.slice(0, depth),
    value: section ? undefined : shapeOf(path[depth - 1] ?? "", property),
    keys: property.properties && Object.keys(property.properties),
  };
}

/** The fields of some sections, in the schema's order. */
export function fieldsOf(sections: readonly SectionName[]): Field[] {
  return fields.filter((field) => sections.includes(field.section));
}
