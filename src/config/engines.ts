/** Settings of the common sections, told to every engine that they are meant for too. */
import { BUILT_IN, type EngineSettings, SHARED_SETTINGS } from "../pipelines/engines/config.ts";
import { FILE_NAME } from "./file.ts";
import type { Settings } from "./schema.ts";

type Values = Record<string, unknown>;

/**
 * Sets in each engine's entry what somebody said for all of them: a flag or a variable before the entry's own value, a
 * key of the file's common sections where the entry is silent. What an engine's kind would set by itself then yields.
 *
 * @returns the origins, with those of entries of the file that were overruled
 */
export function shareWithEngines(settings: Settings, origins: ReadonlyMap<string, string>): Map<string, string> {
  const all = new Map(origins);
  const given = Object.entries(SHARED_SETTINGS).filter(([path]) => origins.has(path));
  if (given.length === 0) return all;
  for (const name of new Set([...BUILT_IN, ...Object.keys(settings.engines)])) {
    const engine: EngineSettings & Values = { ...settings.engines[name] };
    settings.engines[name] = engine;
    for (const [path, keys] of given) {
      const from = origins.get(path)!;
      const own = `engines.${name}.${keys.join(".")}`;
      if (from.startsWith(FILE_NAME) && origins.has(own)) continue;
      const [section, key] = path.split(".") as [keyof Settings, string];
      set(engine, keys, (settings[section] as Values)[key]);
      if (origins.has(own)) all.set(own, from);
    }
  }
  return all;
}

function set(values: Values, keys: readonly string[], value: unknown): void {
  const [first, ...rest] = keys as [string, ...string[]];
  if (rest.length === 0) {
    values[first] = value;
    return;
  }
  values[first] = { ...((values[first] as Values | undefined) ?? {}) };
  set(values[first] as Values, rest, value);
}
