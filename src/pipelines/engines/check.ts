/** Names in the settings that no registry has: kinds of engines, chunkers, mappers and formats. */
import * as v from "valibot";
import type { Problem } from "../../config/problems.ts";
import { Settings } from "../../config/schema.ts";
import { closest } from "../../core/suggest.ts";
import { chunkers } from "../../ingest/chunkers/index.ts";
import { formats } from "../../ingest/formats/index.ts";
import { mappers } from "../../store/mappers/index.ts";
import { columnsOf } from "../../store/schema.ts";
import type { EngineSettings } from "./config.ts";
import { engineKinds } from "./index.ts";

type Sections = Record<string, unknown>;
type Report = (key: string, what: string, name: string, known: readonly string[]) => void;

/**
 * Every such name, with its place. Sections that are wrong in themselves are passed over: the schema has named them.
 *
 * @param input settings before they are checked
 * @param whereOf the layer that a value came from: `mdp.yaml:4`
 */
export async function checkNames(input: unknown, whereOf: (key: string) => string): Promise<Problem[]> {
  const given = (typeof input === "object" && input !== null ? input : {}) as Sections;
  const problems: Problem[] = [];
  const report: Report = (key, what, name, known) => {
    const near = closest(name, known);
    const hint = `${near ? `did you mean "${near}"? ` : ""}known: ${known.join(", ")}`;
    problems.push({ key, message: `${key}: there is no ${what} "${name}"`, where: whereOf(key), hint });
  };
  const { engines, ingest, formats: own, sources } = Settings.entries;
  const parsed = <T>(result: { success: boolean; output: unknown }, otherwise: T): T =>
    result.success ? (result.output as T) : otherwise;
  const names = (result: { success: boolean; output: unknown }) => Object.keys(parsed(result, {}));
  const external = names(v.safeParse(own, given.formats));
  for (const name of external.filter((each) => formats.has(each))) {
    const key = `formats.${name}`;
    const message = `${key} cannot replace a built-in format`;
    problems.push({ key, message, where: whereOf(key), hint: "give it another name" });
  }
  const allFormats = [...new Set([...formats.names, ...external, ...names(v.safeParse(sources, given.sources))])];
  const { format } = parsed<{ format?: string }>(v.safeParse(ingest, given.ingest), {});
  if (format !== undefined && !formats.has(format)) report("ingest.format", "format", format, formats.names);

  const kinds = await Promise.all(engineKinds.names.map((name) => engineKinds.load(name)));
  const types = kinds.flatMap(({ name, aliases }) => [name, ...aliases]);
  const entries = parsed<Record<string, EngineSettings>>(v.safeParse(engines, given.engines), {});
  for (const [name, entry] of Object.entries(entries)) {
    const at = (key: string) => `engines.${name}.${key}`;
    const { type, chunker, mapper } = entry;
    if (type !== undefined && !types.includes(type)) report(at("type"), "kind of engine", type, types);
    if (chunker !== undefined && !chunkers.has(chunker)) report(at("chunker"), "chunker", chunker, chunkers.names);
    if (mapper !== undefined && !mappers.has(mapper)) report(at("mapper"), "mapper", mapper, mappers.names);
    for (const each of entry.formats ?? []) {
      if (!allFormats.includes(each)) report(at("formats"), "format", each, allFormats);
    }
    const kind = kinds.find((each) => [each.name, ...each.aliases].includes(type ?? name));
    const column = await takenColumn(mapper ?? kind?.mapper ?? "document", entry);
    if (column === undefined) continue;
    const message = `${at("columns")} cannot add "${column}": the table has that column already`;
    problems.push({ key: at("columns"), message, where: whereOf(`${at("columns")}.${column}`), hint: undefined });
  }
  return problems;
}

async function takenColumn(mapper: string, { columns = {} }: EngineSettings): Promise<string | undefined> {
  if (!mappers.has(mapper)) return undefined;
  const present = new Set(columnsOf(await mappers.load(mapper)).map(({ name }) => name));
  return Object.keys(columns).find((name) => present.has(name));
}
