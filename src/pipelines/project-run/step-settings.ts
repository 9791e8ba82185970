/** The settings that hold for one step, and those of them that decide what it makes. */
import { resolve } from "node:path";
import { fields } from "../../config/fields.ts";
import { FILE_NAME } from "../../config/file.ts";
import { type Environment, type Given, type Layer, loadSettings, pathSettings } from "../../config/load.ts";
import type { Settings } from "../../config/schema.ts";
import { fromFile } from "../../config/values.ts";
import type { Project } from "../../core/project.ts";
import type { Step } from "./steps.ts";

/** Keys that change how a step goes, and nothing of its result. */
const INDIFFERENT: ReadonlySet<string> = new Set([
  "ingest.concurrency",
  "ingest.commitChunks",
  "ingest.allowEmpty",
  "ingest.strict",
  "ingest.readMemoryBytes",
  "embed.batchTokens",
  "embed.vectorCacheBytes",
  "embed.keyFrom",
  "embed.requestTexts",
  "embed.requestsPerMinute",
  "embed.tokensPerMinute",
  "embed.parallelRequests",
  "embed.requestTimeoutMs",
  "train.stepsPerReport",
  "train.clearCacheThresholdBytes",
]);

/** The settings of the project with the step's own before them. @throws ConfigError */
export async function settingsOf(project: Project, step: Step, env: Environment): Promise<Settings> {
  const flags = stepFlags(project, step, () => FILE_NAME);
  return (await loadSettings({ projectDir: project.dir, flags, env })).settings;
}

/** The step's own settings as a layer, each from its line of the file. */
export function stepFlags(project: Project, step: Step, whereOf: (key: string) => string): Layer {
  const flags = new Map<string, Given>();
  for (const [section, values] of Object.entries(step.settings)) {
    for (const [key, value] of Object.entries(values)) {
      const path = `${section}.${key}`;
      const from = whereOf(`steps.${step.name}.settings.${path}`);
      flags.set(path, { value: settingOf(project, path, value), from });
    }
  }
  return flags;
}

function settingOf(project: Project, path: string, value: unknown): unknown {
  const fromHere = (given: unknown) => (typeof given === "string" ? resolve(project.dir, given) : given);
  if (pathSettings.some((setting) => setting === path))
    return Array.isArray(value) ? value.map(fromHere) : fromHere(value);
  if (path === "embed.model" && typeof value === "string" && /^\.\.?[\\/]/.test(value)) return fromHere(value);
  const field = fields.find((candidate) => candidate.path === path);
  return field ? fromFile(field, value) : value;
}

/** The settings of some sections that decide what comes out, by `section.key`, in the order of their names. */
export function decisiveOf(settings: Settings, sections: readonly (keyof Settings)[]): Record<string, unknown> {
  const pairs = sections.flatMap((section) =>
    Object.entries(settings[section] as Record<string, unknown>).map(
      ([key, value]) => [`${section}.${key}`, value] as const,
    ),
  );
  const kept = pairs.filter(([path, value]) => value !== undefined && !INDIFFERENT.has(path));
  return Object.fromEntries(kept.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** `the setting embed.model: "a" → "b"` for each that differs. */
export function changedSettings(
  before: Readonly<Record<string, unknown>>,
  now: Readonly<Record<string, unknown>>,
): string[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(now)])].sort();
  return names.flatMap((name) => {
    const [old, fresh] = [shown(before[name]), shown(now[name])];
    return old === fresh ? [] : [`the setting ${name}: ${old} → ${fresh}`];
  });
}

const shown = (value: unknown) => (value === undefined ? "unset" : JSON.stringify(value));
