/** Endpoints that a project's `mdp.yaml` would have texts sent to: which they are, and which settings came from it. */
import { isAddress, type Named } from "../embed/config.ts";
import { FILE_NAME } from "./file.ts";
import type { Settings } from "./schema.ts";

export interface NamedEndpoint {
  /** `embed`, `engines.code`, `steps.notes.settings.embed`. */
  name: string;
  /** `https://host/v1#model`; null where the file names the variable of a key only. */
  model: string | null;
  /** Variable whose value would be sent along. */
  keyFrom: string | null;
}

/** What the file says of endpoints and their keys, as it stands there. */
export function endpointsOf(file: unknown): NamedEndpoint[] {
  const { embed, engines, steps } = record(file);
  const places: [string, unknown][] = [
    ["embed", embed],
    ...Object.entries(record(engines)).map(([name, entry]): [string, unknown] => [`engines.${name}`, entry]),
    ...Object.entries(record(steps)).map(([name, step]): [string, unknown] => [
      `steps.${name}.settings.embed`,
      record(record(step).settings).embed,
    ]),
  ];
  return places.flatMap(([name, entry]) => {
    const { model, keyFrom } = record(entry);
    const address = typeof model === "string" && isAddress(model) ? model : null;
    const variable = typeof keyFrom === "string" ? keyFrom : null;
    return address === null && variable === null ? [] : [{ name, model: address, keyFrom: variable }];
  });
}

/** Settings that would have texts sent somewhere because the file says so, each with its place there. */
export function sectionsFromFile(
  settings: Settings,
  origins: ReadonlyMap<string, string>,
): { section: Named; place: string }[] {
  const sections: [Named & { model?: string | undefined }, string][] = [
    [settings.embed, "embed"],
    ...Object.entries(settings.engines).map(([name, entry]): [typeof entry, string] => [entry, `engines.${name}`]),
  ];
  return sections.flatMap(([section, path]) => {
    if (section.model === undefined || !isAddress(section.model)) return [];
    const from = (key: string) => origins.get(`${path}.${key}`) ?? origins.get(`embed.${key}`);
    const place = [from("model"), from("keyFrom")].find((origin) => origin?.startsWith(FILE_NAME));
    return place === undefined ? [] : [{ section, place }];
  });
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}
