/** `list`: the files that the project knows of, and what became of each. */
import { existsSync } from "node:fs";
import { isAbsolute, join, resolve } from "node:path";
import type { Settings } from "../config/schema.ts";
import { displayPath, type Project, uriOf } from "../core/project.ts";
import { Listing } from "../manifest/listing.ts";
import { namesIn, type Outcome } from "../manifest/state.ts";
import { openEngines } from "./engines/resolve.ts";
import { selectEngines } from "./engines/select.ts";
import { storedTables } from "./engines/stored.ts";

export interface ListRequest {
  project: Project;
  settings: Settings;
  cwd: string;
  /**
   * Globs; a name without a slash means files of that name anywhere, a folder everything below it, anything else a path
   * from the current folder. None means all files.
   */
  patterns: readonly string[];
  /** Names or types of engines. */
  types: readonly string[];
  /** Only files with these outcomes; all when it is empty. */
  outcomes: readonly Outcome[];
}

export interface ListedFile {
  /** Relative to the project folder, or absolute outside it. */
  path: string;
  uri: string;
  /** The engines that hold its documents; [] when none do. */
  engines: string[];
  /** Formats of its documents. */
  kinds: string[];
  documents: number;
  chunks: number;
  /** Bytes, when it was read. */
  size: number;
  /** When the run began that read it, ISO 8601; null when that is not known. */
  ingested: string | null;
  /** Id of that run. */
  run: string | null;
  outcome: Outcome;
  /** Records of it that were refused, and why the first was. */
  problems: number;
  reason: string | null;
}

/** Files in the order of their paths, then folders and names that could not be read. */
export async function* listFiles(request: ListRequest): AsyncGenerator<ListedFile> {
  const { project, types, outcomes } = request;
  if (!existsSync(join(project.stateDir, "state.db"))) return;
  const wanted = types.length === 0 ? undefined : await enginesOf(request);
  const matches = matcherOf(request);
  using listing = new Listing(project.stateDir);
  for (const item of listing.items()) {
    if (outcomes.length > 0 && !outcomes.includes(item.outcome)) continue;
    const engines = namesIn(item.engine);
    if (wanted && !engines.some((engine) => wanted.has(engine))) continue;
    if (!matches(item.path)) continue;
    const { path, uri, documents, chunks, size, outcome, problems, reason } = item;
    const facts = { documents, chunks, size, ingested: item.started, run: item.run || null, outcome, problems, reason };
    yield { path, uri, engines, kinds: namesIn(item.kind), ...facts };
  }
  if (wanted || (outcomes.length > 0 && !outcomes.includes("failed"))) return;
  for (const { path, reason } of listing.unlisted()) {
    if (matches(path)) yield unreadable(uriOf(project, path), path, reason);
  }
}

function unreadable(uri: string, path: string, reason: string): ListedFile {
  const nothing = { engines: [], kinds: [], documents: 0, chunks: 0, size: 0, ingested: null, run: null };
  return { path, uri, ...nothing, outcome: "failed", problems: 1, reason };
}

/** An engine that only its table tells of may be named, too. */
async function enginesOf({ project, settings, types }: ListRequest): Promise<Set<string>> {
  const left = (await storedTables(project, settings)).filter(({ known }) => !known).map(({ engine }) => engine);
  const [gone, named] = [types.filter((type) => left.includes(type)), types.filter((type) => !left.includes(type))];
  const chosen = named.length === 0 ? [] : selectEngines(await openEngines(settings), named);
  return new Set([...gone, ...chosen.map(({ name }) => name)]);
}

function matcherOf({ project, cwd, patterns }: ListRequest): (path: string) => boolean {
  if (patterns.length === 0) return () => true;
  const rules = patterns.map((pattern) => {
    if (!pattern.includes("/") && /[*?[\]{}]/.test(pattern)) {
      const glob = new Bun.Glob(pattern);
      return (path: string) => glob.match(path.slice(path.lastIndexOf("/") + 1));
    }
    const here = ruleOf(displayPath(project, resolve(cwd, pattern)));
    // What hits and this list show is understood in every folder.
    const shown = /^\.\.?(\/|$)/.test(pattern) ? () => false : ruleOf(pattern.replace(/\/+$/, ""));
    return (path: string) => here(path) || shown(path);
  });
  return (path) => rules.some((rule) => rule(path));
}

/** A file of that name, what lies below a folder of that name, or what the glob matches. */
function ruleOf(place: string): (path: string) => boolean {
  if (place === ".") return (path) => !isAbsolute(path);
  const glob = new Bun.Glob(place);
  return (path) => path === place || path.startsWith(`${place}/`) || glob.match(path);
}
