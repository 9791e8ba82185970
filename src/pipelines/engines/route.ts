/** Which engine a document goes to. */
import { isAbsolute } from "node:path";
import ignore from "ignore";
import { formatOfName } from "../../ingest/formats/shared/names.ts";
import { DEFAULT_ENGINE } from "./config.ts";
import type { Engine } from "./engine.ts";

export interface Router {
  /** The engine of documents of a kind in a file. */
  route(path: string, kind: string): Engine;
  /** Whether the engine that a file would go to leaves it out. */
  ignores(path: string): boolean;
}

/**
 * In this order: the engine that is forced; the first whose `paths` match, in the order of the settings; the first that
 * takes the document's kind; the default engine. Paths are relative to the project folder, absolute outside it.
 */
export function routerOf(engines: readonly Engine[], forced?: Engine): Router {
  const rules = engines.map((engine) => ({
    engine,
    within: engine.paths && matcherOf(engine.paths),
    without: matcherOf(engine.ignore),
  }));
  const fallback = rules.find(({ engine }) => engine.name === DEFAULT_ENGINE)!;
  const ruleOf = (path: string, kind: string) =>
    rules.find(({ engine }) => engine === forced) ??
    rules.find(({ engine, within }) => within?.(path) && (engine.formats?.includes(kind) ?? true)) ??
    rules.find(({ engine, within }) => !within && engine.formats?.includes(kind)) ??
    fallback;
  return {
    route: (path, kind) => ruleOf(path, kind).engine,
    ignores: (path) => ruleOf(path, formatOfName(path.slice(path.lastIndexOf("/") + 1)) ?? "text").without(path),
  };
}

function matcherOf(patterns: readonly string[]): (path: string) => boolean {
  if (patterns.length === 0) return () => false;
  const matcher = ignore().add(patterns as string[]);
  return (path) => matcher.ignores(isAbsolute(path) ? path.slice(1) : path);
}
