/** Settings from their layers: flags > environment > file > preset > default. */
import { dirname, resolve } from "node:path";
import * as v from "valibot";
import { closest } from "../core/suggest.ts";
import { NAMED_BY } from "../embed/config.ts";
import { sectionsFromFile } from "./endpoints.ts";
import { shareWithEngines } from "./engines.ts";
import { fields, placeAt, type ValueShape } from "./fields.ts";
import { type ConfigFile, FILE_NAME, readConfigFile } from "./file.ts";
import { presetOf } from "./presets/index.ts";
import { ConfigError, type Problem, problemOf } from "./problems.ts";
import { namedSectionNames, Settings, sectionNames } from "./schema.ts";
import { trustOf } from "./trust.ts";
import { fromFile, fromText } from "./values.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** A value that somebody set, and the place where. */
export interface Given {
  value: unknown;
  /** `--k`, `MDP_SEARCH_K`, `mdp.yaml:4`. */
  from: string;
}

/** Values by `section.key`. */
export type Layer = ReadonlyMap<string, Given>;

export interface LoadRequest {
  /** Folder that may hold `mdp.yaml`; null outside a project. */
  projectDir: string | null;
  flags?: Layer;
  env: Environment;
}

export interface LoadedSettings {
  settings: Settings;
  /** Where each field's value came from; fields that nobody set are absent. */
  origins: ReadonlyMap<string, string>;
  file: ConfigFile | null;
}

/** @throws ConfigError with every problem of every layer. */
export async function loadSettings(request: LoadRequest): Promise<LoadedSettings> {
  const checked = await checkSettings(request);
  if (checked.problems.length > 0) throw new ConfigError(checked.problems);
  const { settings, origins } = await settingsOf(checked, request.projectDir);
  return { settings, origins, file: checked.file };
}

/** Settings of layers that were found to have no problems. What the file has sent somewhere is marked as its doing. */
export async function settingsOf(
  checked: CheckedSettings,
  projectDir: string | null,
): Promise<Pick<LoadedSettings, "settings" | "origins">> {
  const settings = v.parse(Settings, checked.input);
  const origins = shareWithEngines(settings, checked.origins);
  const fromFile = sectionsFromFile(settings, origins);
  if (projectDir !== null && fromFile.length > 0) {
    const { trusted } = await trustOf(projectDir, settings);
    for (const { section, place } of fromFile) section[NAMED_BY] = { place, trusted };
  }
  return { settings, origins };
}

export interface CheckedSettings {
  problems: Problem[];
  input: unknown;
  origins: ReadonlyMap<string, string>;
  file: ConfigFile | null;
  /** Where a setting came from, or the place in the file that it belongs to. */
  whereOf: (key: string) => string;
}

/** The same without throwing: what `mdp config check` reports. */
export async function checkSettings(request: LoadRequest): Promise<CheckedSettings> {
  const file = request.projectDir === null ? null : await readConfigFile(request.projectDir);
  const problems: Problem[] = [...(file?.problems ?? [])];
  // Without a prototype, so that a section named `__proto__` is a key like any other.
  const input: Record<string, unknown> = Object.create(null);
  const origins = new Map<string, string>();
  if (file && isRecord(file.value)) addFile(input, file, file.value, origins);
  else if (file) problems.push(notSections(file.value));
  const env = environmentLayer(request.env);
  problems.push(...env.problems);
  for (const layer of [env.layer, request.flags ?? new Map<string, Given>()]) {
    for (const [path, given] of layer) place(input, path, given, origins);
  }
  addPreset(input, origins);
  const whereOf = (path: string) => origins.get(path) ?? fileWhere(file, path);
  const result = v.safeParse(Settings, input);
  for (const issue of result.issues ?? []) problems.push(problemOf(issue, whereOf));
  return { problems, input, origins, file, whereOf };
}

const allSections: readonly string[] = [...sectionNames, ...namedSectionNames];

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function fileWhere(file: ConfigFile | null, path: string): string {
  for (let keys = path.split("."); keys.length > 0; keys = keys.slice(0, -1)) {
    const line = file?.lines.get(keys.join("."));
    if (line !== undefined) return `${FILE_NAME}:${line}`;
  }
  return FILE_NAME;
}

function notSections(value: unknown): Problem {
  const what = Array.isArray(value) ? "a list" : JSON.stringify(value);
  const message = `the file must hold sections with keys, not ${what}`;
  return { key: "", message, where: FILE_NAME, hint: `sections: ${allSections.join(", ")}` };
}

/** Adds the file's sections, units read and model folders resolved; unknown keys stay for the schema to name. */
function addFile(
  input: Record<string, unknown>,
  file: ConfigFile,
  value: Record<string, unknown>,
  origins: Map<string, string>,
): void {
  const read = (path: readonly string[], given: unknown): unknown => {
    const place = placeAt(path);
    const known = place.path.length === path.length;
    // `search:` with nothing under it is an empty section, not a mistake.
    if (given === null && known && !place.value) return {};
    if (isRecord(given)) {
      return Object.fromEntries(Object.entries(given).map(([key, inner]) => [key, read([...path, key], inner)]));
    }
    if (path.length > 1) origins.set(path.join("."), fileWhere(file, path.join(".")));
    return known && place.value ? fromProjectFile(file, path, place.value, given) : given;
  };
  for (const [section, values] of Object.entries(value)) input[section] = read([section], values);
}

/** Settings that name files and folders, by `section.key`. */
export const pathSettings = [
  "curate.languageModel",
  "curate.urlBlocklist",
  "curate.badWords",
  "curate.perplexityModel",
  "curate.decontaminate",
  "curate.toxicityModel",
  "curate.qualityModel",
  "shard.tokenizer",
  "dedup.against",
  "train.resumeAdapterFile",
  "trainEmbedder.validation",
  "trainPreferences.referenceAdapter",
] as const;

/** Paths are meant from the file's folder, wherever the command is run. A model may also be a name or an id. */
function fromProjectFile(file: ConfigFile, keys: readonly string[], shape: ValueShape, value: unknown): unknown {
  const path = keys.join(".");
  const fromHere = (given: unknown) => (typeof given === "string" ? resolve(dirname(file.path), given) : given);
  const isModel = path === "embed.model" || (keys[0] === "engines" && keys[2] === "model");
  if (isModel && typeof value === "string" && /^\.\.?[\\/]/.test(value)) return fromHere(value);
  if (pathSettings.some((setting) => setting === path)) {
    return Array.isArray(value) ? value.map(fromHere) : fromHere(value);
  }
  return fromFile(shape, value);
}

function environmentLayer(env: Environment): { layer: Layer; problems: Problem[] } {
  const layer = new Map<string, Given>();
  const problems: Problem[] = [];
  const prefixes = sectionNames.map((section) => `MDP_${section.toUpperCase()}_`);
  for (const [name, text] of Object.entries(env)) {
    if (!text || !prefixes.some((prefix) => name.startsWith(prefix))) continue;
    const field = fields.find((candidate) => candidate.env === name);
    if (field) {
      layer.set(field.path, { value: fromText(field, text), from: name });
      continue;
    }
    const names = fields.map((candidate) => candidate.env);
    const near = closest(name, names);
    const hint = near ? `did you mean ${near}?` : "mdp config show --env lists every variable";
    problems.push({ key: name, message: `unknown variable ${name}`, where: "the environment", hint });
  }
  return { layer, problems };
}

const DEFAULT_PRESET = v.getDefaults(Settings.entries.curate.wrapped).preset ?? "none";

/** Adds the preset's values where nobody set another. Those of the preset that nobody chose are defaults. */
function addPreset(input: Record<string, unknown>, origins: Map<string, string>): void {
  const given = isRecord(input.curate) ? input.curate.preset : undefined;
  const name = String(given ?? DEFAULT_PRESET);
  const { summary: _, ...sections } = presetOf(name) ?? { summary: "" };
  for (const [section, values] of Object.entries(sections)) {
    for (const [key, value] of Object.entries(values)) {
      const path = `${section}.${key}`;
      if (origins.has(path)) continue;
      place(input, path, { value, from: `preset ${name}` }, origins);
      if (given === undefined) origins.delete(path);
    }
  }
}

function place(input: Record<string, unknown>, path: string, given: Given, origins: Map<string, string>): void {
  const [section, key] = path.split(".") as [string, string];
  const current = input[section];
  input[section] = { ...(isRecord(current) ? current : {}), [key]: given.value };
  origins.set(path, given.from);
}
