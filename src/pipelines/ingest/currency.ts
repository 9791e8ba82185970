/** Whether what is recorded of a file still holds: the settings that it was read with, and the engine that took it. */
import { basename } from "node:path";
import { idOf } from "../../core/hash.ts";
import type { IngestSettings } from "../../ingest/config.ts";
import { formats } from "../../ingest/formats/index.ts";
import { formatOfName } from "../../ingest/formats/shared/names.ts";
import type { ItemRow } from "../../manifest/state.ts";
import { DEFAULT_ENGINE } from "../engines/config.ts";
import type { Engine } from "../engines/engine.ts";
import type { Router } from "../engines/route.ts";
import type { Externals } from "./externals.ts";

/** Raised when reading or chunking changes, so that the next run reads everything again. */
const PIPELINE_VERSION = 2;

export interface Currency {
  /**
   * Hash of what the documents of a file depend on besides its content, by their kinds and the engines that took them;
   * of what may be read at all when it has no documents.
   */
  settingsOf(kinds: readonly string[], engines: readonly Engine[]): string;
  /** Whether the item would be read in the same way into the same tables. */
  isCurrent(item: Pick<ItemRow, "path" | "engine" | "kind" | "settings">): boolean;
}

export function currencyOf(settings: IngestSettings, router: Router, externals: Externals): Currency {
  const nothing = hashOf(settings, [formats.names, ...externals.state]);
  const hashes = new Map<Engine, string>();
  const hashOfEngine = (engine: Engine) => {
    const hash = hashes.get(engine) ?? hashOf(settings, engineParts(engine), engine);
    hashes.set(engine, hash);
    return hash;
  };
  const settingsOf = (kinds: readonly string[], engines: readonly Engine[]) => {
    if (engines.length === 0) return nothing;
    const commands = kinds.map((kind) => externals.definitionOf(kind)).filter((command) => command !== undefined);
    const parts = [...engines.map(hashOfEngine), ...(commands.length > 0 ? [JSON.stringify(commands)] : [])];
    return parts.length === 1 ? parts[0]! : idOf(...parts);
  };
  return {
    settingsOf,
    isCurrent({ path, engine, kind, settings: recorded }) {
      if (engine === "") return recorded === nothing;
      const kinds = kind === "" ? [formatOfName(basename(path)) ?? "text"] : kind.split(",");
      const external = externals.kindOf(path);
      if (external !== undefined && kind !== external) return false;
      const engines = enginesOf(kinds.map((each) => router.route(path, each)));
      return namesOf(engines) === engine && settingsOf(kinds, engines) === recorded;
    },
  };
}

/** Engines in the order in which an item names them, each once. */
export function enginesOf(engines: Iterable<Engine>): Engine[] {
  return [...new Set(engines)].sort((a, b) => (a.name < b.name ? -1 : 1));
}

export function namesOf(engines: readonly Engine[]): string {
  return engines.map(({ name }) => name).join(",");
}

function hashOf(s: IngestSettings, more: readonly unknown[], engine: Sizes = s): string {
  const relevant = [s.format, s.textField, s.idField, s.maxDocumentBytes, engine.chunkTokens, engine.overlapTokens];
  const limits = [s.readTimeoutMs, s.readMemoryBytes, ...(s.statementFields.length > 0 ? [s.statementFields] : [])];
  const parts = [String(PIPELINE_VERSION), JSON.stringify(relevant), JSON.stringify(limits)];
  return more.length === 0 ? idOf(...parts) : idOf(...parts, JSON.stringify(more));
}

type Sizes = Pick<Engine, "chunkTokens" | "overlapTokens">;

/** What makes an engine's rows others than those of plain documents, which had their hash before there were engines. */
function engineParts({ name, kind, chunker, mapper }: Engine): unknown[] {
  if (name === DEFAULT_ENGINE && kind.name === DEFAULT_ENGINE && chunker === undefined && mapper.columns.length === 0) {
    return [];
  }
  return [kind.name, kind.version ?? 1, chunker ?? null, mapper.columns];
}
