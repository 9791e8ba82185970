/** Whether what is recorded of a file still holds: the settings that it was read with, and the engine that took it. */
import { basename } from "node:path";
import { idOf } from "../../core/hash.ts";
import type { IngestSettings } from "../../ingest/config.ts";
import { formats } from "../../ingest/formats/index.ts";
import { formatOfName } from "../../ingest/formats/shared/names.ts";
import { GENERATED_RULES, generatedByName, mayBeGenerated } from "../../ingest/generated.ts";
import type { SkipReason } from "../../ingest/sources/source.ts";
import type { ItemRow } from "../../manifest/state.ts";
import { DEFAULT_ENGINE } from "../engines/config.ts";
import type { Engine } from "../engines/engine.ts";
import type { Router } from "../engines/route.ts";
import type { Externals } from "./externals.ts";

/** Raised when reading, chunking or the words of full text change, so that the next run reads everything again. */
const PIPELINE_VERSION = 3;

/** What a file was read into, or why not. */
interface Reading {
  path: string;
  /** Roots that it belongs to and was found under. */
  roots: readonly string[];
  kinds: readonly string[];
  engines: readonly Engine[];
  /** Why it was left alone; undefined when it was not. */
  skipped: string | undefined;
}

type Recorded = Pick<ItemRow, "path" | "root" | "engine" | "kind" | "settings" | "outcome">;

export interface Currency {
  /**
   * Hash of what the documents of a file depend on besides its content, by their kinds and the engines that took them;
   * of what may be read at all when it has no documents.
   */
  settingsOf(reading: Reading): string;
  /** Whether the item, found under a root, would be read in the same way into the same tables. */
  isCurrent(item: Recorded, foundUnder: string): boolean;
  /** Whether a file is left alone when it is plainly generated: not one that was named. */
  judges(path: string, roots: readonly string[]): boolean;
  /** Why a file was left alone that was recorded with these settings. */
  skippedAs(settings: string): SkipReason;
}

export function currencyOf(settings: IngestSettings, router: Router, externals: Externals): Currency {
  const nothing = hashOf(settings, [formats.names, ...externals.state]);
  const generated = idOf(nothing, "generated", String(GENERATED_RULES));
  const hashes = new Map<Engine, string>();
  const hashOfEngine = (engine: Engine) => {
    const hash = hashes.get(engine) ?? hashOf(settings, engineParts(engine), engine);
    hashes.set(engine, hash);
    return hash;
  };
  const hashOfAll = (kinds: readonly string[], engines: readonly Engine[]) => {
    if (engines.length === 0) return nothing;
    const commands = kinds.map((kind) => externals.definitionOf(kind)).filter((command) => command !== undefined);
    const parts = [...engines.map(hashOfEngine), ...(commands.length > 0 ? [JSON.stringify(commands)] : [])];
    return parts.length === 1 ? parts[0]! : idOf(...parts);
  };
  const judges = (path: string, roots: readonly string[]) =>
    !settings.generated && externals.kindOf(path) === undefined && !roots.some((root) => isNamed(path, root));
  const isJudged = (path: string, roots: readonly string[], kinds: readonly string[]) =>
    judges(path, roots) && (kinds.length === 0 || mayBeGenerated(basename(path), kinds));
  /** Of what was looked at and found not to be generated: so it stays when generated files are taken too. */
  const isStill = (recorded: string, hash: string, judged: boolean, path: string) =>
    (recorded === hash && !judged) ||
    (recorded === foundOwn(hash) && !(judged && generatedByName(basename(path)) !== undefined));
  return {
    settingsOf({ path, roots, kinds, engines, skipped }) {
      if (skipped !== undefined) return skipped === "generated" ? generated : nothing;
      const hash = hashOfAll(kinds, engines);
      return isJudged(path, roots, kinds) ? foundOwn(hash) : hash;
    },
    isCurrent({ path, root, engine, kind, settings: recorded, outcome }, foundUnder) {
      const roots = [root, foundUnder];
      if (outcome === "skipped") return recorded === nothing || (recorded === generated && judges(path, roots));
      if (engine === "") return isStill(recorded, nothing, isJudged(path, roots, []), path);
      const kinds = kind === "" ? [formatOfName(basename(path)) ?? "text"] : kind.split(",");
      const external = externals.kindOf(path);
      if (external !== undefined && kind !== external) return false;
      const engines = enginesOf(kinds.map((each) => router.route(path, each)));
      if (namesOf(engines) !== engine) return false;
      return isStill(recorded, hashOfAll(kinds, engines), isJudged(path, roots, kinds), path);
    },
    judges,
    skippedAs: (recorded) => (recorded === generated ? "generated" : "binary"),
  };
}

const foundOwn = (hash: string) => idOf(hash, "not generated", String(GENERATED_RULES));

/** Whether a root is the file itself, a list of paths, or a glob such as `*.min.js` that asks for such files. */
function isNamed(path: string, root: string): boolean {
  return root === path || root === "-" || generatedByName(basename(root)) !== undefined;
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
