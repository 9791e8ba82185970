/** `why`: where a passage is from and what made it; what became of a file, and why. */
import { existsSync } from "node:fs";
import { basename, isAbsolute, join, resolve } from "node:path";
import ignore from "ignore";
import type { Settings } from "../config/schema.ts";
import { MdpError } from "../core/errors.ts";
import { displayPath, type Project } from "../core/project.ts";
import { formatOfName } from "../ingest/formats/shared/names.ts";
import { type LeftOut, whyLeftOut } from "../ingest/sources/explain.ts";
import { resolveRoot } from "../ingest/sources/shared/root.ts";
import { Listing } from "../manifest/listing.ts";
import { type ItemRow, namesIn, type Outcome, State } from "../manifest/state.ts";
import { openEngines } from "./engines/resolve.ts";
import { routerOf } from "./engines/route.ts";
import { type FileNow, fileNow, fileOf } from "./file-now.ts";
import { type Named, Passages } from "./find-passages.ts";
import { parsePlace } from "./place.ts";
import { sayLeftOut } from "./why-left-out.ts";
import { type PassageOrigin, passageOrigin, type RunFacts, runFacts } from "./why-passage.ts";
import { contentNow, sayWhySkipped } from "./why-skipped.ts";

export type { PassageOrigin, RunFacts } from "./why-passage.ts";

export interface WhyRequest {
  project: Project;
  settings: Settings;
  cwd: string;
  /** A passage's id, `FILE` or `FILE:LINES`. */
  place: string;
  /** Where a setting stands: `mdp.yaml:4`. */
  whereOf?: (key: string) => string;
}

export type WhyReport = PassagesReport | FileReport | LeftOutReport;

export interface PassagesReport {
  about: "passages";
  place: string;
  /** Those at the lines, or the one of the id. */
  passages: PassageOrigin[];
}

/** A file that the project has a record of. */
export interface FileReport {
  about: "file";
  place: string;
  path: string;
  uri: string;
  outcome: Outcome;
  /** The outcome in words. */
  reason: string;
  engines: string[];
  kinds: string[];
  documents: number;
  chunks: number;
  /** Passages whose end the model does not see; null when they were too many to look at. */
  truncated: number | null;
  problems: { row: number | null; field: string | null; code: string; reason: string; hint: string | null }[];
  root: string;
  file: FileNow;
  run: RunFacts | null;
}

/** A file that the project has no record of. */
export interface LeftOutReport {
  about: "no-record";
  place: string;
  path: string;
  exists: boolean;
  /** What was ingested that it lies in. */
  root: string | null;
  /** What keeps the next run from it, with the settings and rules of now; null when nothing does. */
  leftOut: LeftOut | null;
  reason: string;
}

/** @throws MdpError `no-passage` for an id or a line without one, `id-ambiguous`, `not-found` */
export async function why(request: WhyRequest): Promise<WhyReport> {
  const { project, settings, cwd, place } = request;
  using state = new State(project.stateDir);
  using listing = new Listing(project.stateDir);
  await using passages = await Passages.open(project, state, settings);
  const named = await passages.named(place, cwd).catch((error: unknown) => {
    if (error instanceof MdpError && ["not-ingested", "no-passage"].includes(error.code)) return error;
    throw error;
  });
  if (named instanceof MdpError) return await withoutRecord(request, listing, named);
  const origin = passageOrigin({ project, listing, passages });
  if (named.id) return { about: "passages", place, passages: [await origin(named.passage)] };
  if (!named.lines && named.member === undefined) return await fileReport(request, state, listing, passages, named);
  const found = await passages.of(named);
  if (found.length === 0) {
    const line = named.lines ? `no passage stands at line ${named.lines[0]}` : "there are no passages of that member";
    throw new MdpError({
      code: "no-passage",
      message: line,
      where: place,
      hint: `mdp why ${named.item.path} tells what became of the file`,
    });
  }
  return { about: "passages", place, passages: await Promise.all(found.map(origin)) };
}

async function fileReport(
  { project, place }: WhyRequest,
  state: State,
  listing: Listing,
  passages: Passages,
  named: Extract<Named, { id: false }>,
): Promise<FileReport> {
  const { item } = named;
  const { path, uri, outcome, documents, chunks, root } = item;
  const problems = state
    .problemsOf(uri)
    .map(({ row, field, code, reason, hint }) => ({ row, field, code, reason, hint }));
  const few = chunks <= 10_000;
  const truncated = few ? (await passages.of(named)).filter(({ record }) => record.truncated).length : null;
  return {
    about: "file",
    place,
    path,
    uri,
    outcome,
    reason: await reasonOf(project, item, problems.length),
    engines: namesIn(item.engine),
    kinds: namesIn(item.kind),
    documents,
    chunks,
    truncated,
    problems,
    root,
    file: await fileNow(project, item),
    run: runFacts(listing, item.run),
  };
}

async function reasonOf(project: Project, item: ItemRow, problems: number): Promise<string> {
  switch (item.outcome) {
    case "ok":
      return item.chunks > 0 ? "it was read to its end" : "it was read to its end, and holds no text";
    case "partial":
      return `it was read, but ${problems === 1 ? "one of its records was" : `${problems} of its records were`} refused`;
    case "failed":
      return "it could not be read";
    case "pending":
      return "a run that ended early was writing it; the next mdp ingest goes on";
    case "skipped":
      return sayWhySkipped(fileOf(project, item.path), item.path);
  }
}

/** The project knows nothing of it: what leaves it out, if it is there. */
async function withoutRecord(request: WhyRequest, listing: Listing, error: MdpError): Promise<LeftOutReport> {
  const { project, settings, cwd, place } = request;
  const named = parsePlace(place).path;
  const candidates = [resolve(cwd, named), resolve(project.dir, named)];
  const path = candidates.find((candidate) => existsSync(candidate));
  if (path === undefined) throw error;
  const shown = displayPath(project, path);
  const about = { about: "no-record", place, path: shown, exists: true } as const;
  const roots = await rootsOver(project, listing, path);
  let leftOut: LeftOutReport["leftOut"] = null;
  for (const root of roots) {
    const found = await whyLeftOut(project, absolute(project, root), path, settings.ingest);
    const rule = found ?? (await byEngine(settings, shown)) ?? (await asGenerated(settings, path, shown));
    leftOut = placed(rule, request.whereOf);
    if (leftOut) continue;
    const reason = `nothing leaves it out: the next mdp ingest of "${root}" reads it`;
    return { ...about, root, leftOut: null, reason };
  }
  const [root] = roots;
  if (root === undefined) {
    const reason = "it lies in nothing that was ingested";
    return { ...about, root: null, leftOut: null, reason };
  }
  return { ...about, root, leftOut, reason: leftOut ? sayLeftOut(leftOut) : "" };
}

const absolute = (project: Project, root: string) => (isAbsolute(root) ? root : join(project.dir, root));

/** Roots that the path lies in: those that items name, then what runs were given, as read from the project folder. */
async function rootsOver(project: Project, listing: Listing, path: string): Promise<string[]> {
  const named = listing.runs().flatMap(({ inputs }) => JSON.parse(inputs) as string[]);
  const roots = new Set([...listing.roots(), ...named.map((input) => displayPath(project, absolute(project, input)))]);
  const over: string[] = [];
  for (const root of roots) {
    if (root === "-" || root.startsWith("source:")) continue;
    const { kind, dir } = await resolveRoot(project, absolute(project, root));
    if (kind !== "file" && (path === dir || path.startsWith(dir === "/" ? "/" : `${dir}/`))) over.push(root);
  }
  return over;
}

/** The pattern by which the engine that would take a file leaves it out. */
async function byEngine(settings: Settings, shown: string): Promise<LeftOut | null> {
  const router = routerOf(await openEngines(settings));
  if (!router.ignores(shown)) return null;
  const engine = router.route(shown, formatOfName(basename(shown)) ?? "text");
  const relative = isAbsolute(shown) ? shown.slice(1) : shown;
  const pattern = engine.ignore.findLast((each) => ignore().add(each).ignores(relative)) ?? "";
  const rule = { pattern, file: null, line: null, setting: `engines.${engine.name}.ignore` };
  return { path: shown, reason: "ignored", rule };
}

async function asGenerated(settings: Settings, path: string, shown: string): Promise<LeftOut | null> {
  const now = settings.ingest.generated ? undefined : await contentNow(path);
  return now && "generated" in now ? { path: shown, reason: "generated", detail: now.generated } : null;
}

/** The line of `mdp.yaml` that a setting stands on, where it is known. */
function placed(leftOut: LeftOut | null | undefined, whereOf: WhyRequest["whereOf"]): LeftOut | null {
  const setting = leftOut?.rule?.setting;
  if (!leftOut?.rule || setting === undefined || !whereOf) return leftOut ?? null;
  const [, file, line] = /^(mdp\.yaml):(\d+)$/.exec(whereOf(setting)) ?? [];
  return file === undefined ? leftOut : { ...leftOut, rule: { ...leftOut.rule, file, line: Number(line) } };
}
