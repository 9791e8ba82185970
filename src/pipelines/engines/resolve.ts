/** The engines of a project: those that every project has, and those that its settings name. */
import * as v from "valibot";
import type { Settings } from "../../config/schema.ts";
import { allInOrder } from "../../core/all-in-order.ts";
import { UsageError } from "../../core/errors.ts";
import { EmbedSettings, NAMED_BY } from "../../embed/config.ts";
import { chunkers } from "../../ingest/chunkers/index.ts";
import { IngestSettings } from "../../ingest/config.ts";
import { SearchSettings } from "../../search/config.ts";
import { StoreSettings } from "../../store/config.ts";
import { type Mapper, mappers } from "../../store/mappers/index.ts";
import { columnsOf, TABLE } from "../../store/schema.ts";
import { BUILT_IN, DEFAULT_ENGINE, type EngineSettings } from "./config.ts";
import type { Engine, EngineKind } from "./engine.ts";
import { engineKinds } from "./index.ts";

type EngineSections = Pick<Settings, "ingest" | "embed" | "search" | "store" | "engines">;

/**
 * The engines with their settings: an entry of `engines` before the common sections, those before what the kind
 * presets, that before the defaults.
 *
 * @throws UsageError for a type, a chunker or a mapper that does not exist
 */
export async function openEngines(settings: EngineSections): Promise<Engine[]> {
  const names = new Set<string>([...Object.keys(settings.engines), ...BUILT_IN]);
  const kinds = await Promise.all(engineKinds.names.map((name) => engineKinds.load(name)));
  return await allInOrder([...names].map((name) => engineOf(name, settings.engines[name] ?? {}, settings, kinds)));
}

async function engineOf(
  name: string,
  entry: EngineSettings,
  settings: EngineSections,
  kinds: readonly EngineKind[],
): Promise<Engine> {
  const where = `engines.${name}`;
  const kind = kindOf(name, entry.type, kinds);
  const mapper = await checked(`${where}.mapper`, () => mappers.load(entry.mapper ?? kind.mapper));
  const chunker = entry.chunker ?? kind.chunker;
  if (chunker !== undefined) await checked(`${where}.chunker`, () => chunkers.load(chunker));
  const { model, search = {} } = entry;
  const { ingest, store } = settings;
  return {
    name,
    kind,
    table: name === DEFAULT_ENGINE ? TABLE : name,
    mapper: withColumns(mapper, entry, where),
    chunker,
    formats: entry.formats ?? (entry.paths === undefined ? kind.formats : undefined),
    paths: entry.paths,
    ignore: entry.ignore ?? [],
    context: entry.context ?? null,
    model: model ?? (settings.embed.model === DEFAULTS.embed.model ? undefined : settings.embed.model),
    keyFrom: entry.keyFrom ?? settings.embed.keyFrom,
    named: entry[NAMED_BY] ?? settings.embed[NAMED_BY],
    chunkTokens: pick(entry.chunkTokens, ingest.chunkTokens, DEFAULTS.ingest.chunkTokens, kind.presets.chunkTokens),
    overlapTokens: pick(
      entry.overlapTokens,
      ingest.overlapTokens,
      DEFAULTS.ingest.overlapTokens,
      kind.presets.overlapTokens,
    ),
    search: {
      mode: pick(search.mode, settings.search.mode, DEFAULTS.search.mode, kind.presets.search?.mode),
      k: pick(search.k, settings.search.k, DEFAULTS.search.k, kind.presets.search?.k),
      fusion: pick(search.fusion, settings.search.fusion, DEFAULTS.search.fusion, kind.presets.search?.fusion),
      alpha: search.alpha ?? settings.search.alpha ?? kind.presets.search?.alpha,
    },
    store: {
      ...store,
      ...given({ vectorType: entry.vectorType, exactRows: entry.exactRows, refineFactor: entry.refineFactor }),
      ...given({ foldRows: entry.foldRows }),
    },
  };
}

const DEFAULTS = {
  ingest: v.parse(IngestSettings, {}),
  embed: v.parse(EmbedSettings, {}),
  search: v.parse(SearchSettings, {}),
  store: v.parse(StoreSettings, {}),
};

/** The entry's own value, else what somebody set for all engines, else what the kind presets. */
function pick<T>(own: T | undefined, common: T, byDefault: T, preset: T | undefined): T {
  return own ?? (common === byDefault ? (preset ?? common) : common);
}

function given<T extends object>(values: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]: Exclude<T[K], undefined> };
}

/** The kind that the entry names, or that the engine's name is; without either, documents. */
function kindOf(name: string, type: string | undefined, kinds: readonly EngineKind[]): EngineKind {
  const called = (word: string) => kinds.find((kind) => kind.name === word || kind.aliases.includes(word));
  const kind = called(type ?? name) ?? (type === undefined ? called(DEFAULT_ENGINE) : undefined);
  if (kind) return kind;
  throw new UsageError(
    `engines.${name}.type cannot be "${type}"`,
    `types: ${kinds.flatMap((known) => [known.name, ...known.aliases]).join(", ")}`,
  );
}

/** The error of a registry, with the key that named what it does not have. */
async function checked<T>(where: string, body: () => Promise<T>): Promise<T> {
  try {
    return await body();
  } catch (error) {
    if (error instanceof UsageError) throw new UsageError(error.message, error.hint, where);
    throw error;
  }
}

function withColumns(mapper: Mapper, { columns = {} }: EngineSettings, where: string): Mapper {
  const added = Object.entries(columns).map(([name, type]) => ({
    name,
    type,
    nullable: true as const,
    ...(type === "texts" ? { index: "labels" as const } : type === "boolean" ? {} : { index: "btree" as const }),
  }));
  if (added.length === 0) return mapper;
  const present = new Set(columnsOf(mapper).map(({ name }) => name));
  const taken = added.find(({ name }) => present.has(name));
  if (taken) throw new UsageError(`${where}.columns cannot add "${taken.name}": the table has that column already`);
  return { ...mapper, columns: [...mapper.columns, ...added] };
}
