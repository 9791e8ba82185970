/** What became of the documents of a file in an output of `curate`, `dedup` or `shard`. */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { MdpError } from "../../../core/errors.ts";
import { projectAt } from "../../../core/project.ts";
import { idOfDocument } from "../../../curate/document-file.ts";
import type { Drop } from "../../../curate/step.ts";
import { type LeftOut, whyLeftOut } from "../../../ingest/sources/explain.ts";
import type { Place } from "../../place.ts";
import type { InputLine } from "../../prepare/split-inputs.ts";
import { sayLeftOut } from "../../why-left-out.ts";
import { jsonLines } from "./json-lines.ts";
import { firstLine, Replay } from "./replay.ts";

/** One document, or one record that could not be read. */
export interface Fate {
  /** The document's id; null for a record that could not be read. */
  id: string | null;
  line: number | null;
  row: number | null;
  fate: "kept" | "dropped" | "copy" | "empty" | "rejected";
  /** Step, rule, and where it has a number the value and the limit. */
  drop?: Drop;
  /** The document that stays for it, how alike they are, and which method found it. */
  copy?: { of: string; score: number; method: string };
  reject?: { code: string; reason: string };
}

export interface FileFate {
  about: "output";
  place: string;
  output: string;
  path: string;
  /** `same`: it was read and filtered again; else only what the run wrote down is told. */
  file: "same" | "changed" | "gone";
  counts: Record<Fate["fate"], number>;
  /** In their order, at most `FATES_LISTED`, those that were kept last. */
  fates: Fate[];
  /** What is not known, and why; null when all is. */
  unknown: string | null;
}

export interface NoInput {
  about: "no-input";
  place: string;
  output: string;
  path: string;
  leftOut: LeftOut | null;
  reason: string;
}

const FATES_LISTED = 1_000;

/**
 * @param place a file, and lines of it when only some of its documents are meant
 * @throws MdpError `no-manifest`, `no-plan`
 */
export async function fateOf(
  dir: string,
  text: string,
  { path, lines }: Place,
  cwd: string,
): Promise<FileFate | NoInput> {
  await using replay = await Replay.open(dir);
  const absolute = resolve(cwd, path);
  const inputs: InputLine[] = [];
  for await (const input of replay.inputs()) if (input.path === absolute || input.shown === path) inputs.push(input);
  const [first] = inputs;
  if (!first) return notAnInput(replay, dir, text, absolute);
  const counts = { kept: 0, dropped: 0, copy: 0, empty: 0, rejected: 0 };
  const report: FileFate = {
    ...{ about: "output", place: text, output: dir, path: first.shown },
    ...{ file: "same", counts, fates: [], unknown: null },
  };
  if (!existsSync(first.path)) report.file = "gone";
  const isMeant = (line: number | null) => !lines || (line !== null && line >= lines[0] && line <= lines[1]);
  const kept: Fate[] = [];
  const add = (fate: Fate) => {
    counts[fate.fate]++;
    const list = fate.fate === "kept" ? kept : report.fates;
    if (list.length < FATES_LISTED) list.push(fate);
  };
  const copies = await copiesIn(replay.layout.removed, first.uri);
  for (const input of inputs) {
    if (!(await replay.isUnchanged(input))) {
      if (report.file === "same") report.file = "changed";
      continue;
    }
    for await (const fate of fatesOf(replay, input, copies)) if (isMeant(fate.line)) add(fate);
  }
  report.fates = [...report.fates, ...kept].slice(0, FATES_LISTED);
  if (report.file !== "same") report.unknown = await recorded(replay, first.uri, report, add);
  return report;
}

async function* fatesOf(
  replay: Replay,
  input: InputLine,
  copies: ReadonlyMap<string, Fate["copy"]>,
): AsyncGenerator<Fate> {
  for await (const replayed of replay.read(input)) {
    if ("reject" in replayed) {
      const { row, code, reason } = replayed.reject;
      yield { id: null, line: row ?? null, row: row ?? null, fate: "rejected", reject: { code, reason } };
      continue;
    }
    const { document, text, drop } = replayed;
    const id = idOfDocument(document);
    // A document that ends up empty after its copied stretches were cut is not told from one that stays.
    const copy = copies.get(id);
    const fate = drop ? "dropped" : copy ? "copy" : text === "" ? "empty" : "kept";
    const facts = { id, line: firstLine(document), row: document.row, fate } as const;
    yield { ...facts, ...(drop ? { drop } : {}), ...(copy && !drop ? { copy } : {}) };
  }
}

/** What the run wrote down of a file that is not what it was: copies, and dropped documents where they were kept. */
async function recorded(replay: Replay, uri: string, report: FileFate, add: (fate: Fate) => void): Promise<string> {
  for (const [id, copy] of await copiesIn(replay.layout.removed, uri)) {
    if (id !== uri && !id.startsWith(`${uri}#`)) continue;
    add({ id, line: null, row: null, fate: "copy", ...(copy ? { copy } : {}) });
  }
  const why = report.file === "gone" ? "the file is gone" : "the file has changed since the run read it";
  const { keepExcluded } = replay.plan.settings.curate;
  const hint = keepExcluded
    ? "what was dropped of it stands in excluded/ of the output"
    : "--keep-excluded would have kept what was dropped";
  return `${why}, so that it cannot be filtered again as it was; ${hint}`;
}

/** Copies among the documents of a file, by id. An id of the row's own does not name its file, so all of them are read. */
async function copiesIn(path: string, uri: string): Promise<Map<string, Fate["copy"]>> {
  const found = new Map<string, Fate["copy"]>();
  if (!existsSync(path)) return found;
  type Removed = { id: string; partner: string; score: number; method: string };
  for await (const { id, partner, score, method } of jsonLines<Removed>(path)) {
    if (id === uri || id.startsWith(`${uri}#`) || !id.includes("#")) found.set(id, { of: partner, score, method });
  }
  return found;
}

async function notAnInput(replay: Replay, dir: string, place: string, path: string): Promise<NoInput> {
  if (!existsSync(path)) {
    throw new MdpError({
      code: "not-found",
      message: "there is no such file, and none was read into this output",
      where: path,
      hint: `the inputs are listed in ${replay.layout.inputs}`,
    });
  }
  const base = await baseOf(replay);
  const project = projectAt(base);
  for (const argument of replay.plan.inputs.arguments.filter((each) => each !== "-")) {
    const leftOut = await whyLeftOut(project, resolve(base, argument), path, replay.plan.settings.ingest);
    if (leftOut) return { about: "no-input", place, output: dir, path, leftOut, reason: sayLeftOut(leftOut) };
  }
  const named = replay.plan.inputs.arguments.join(" ");
  const reason = `it is not among the inputs of the run, which was given: ${named}`;
  return { about: "no-input", place, output: dir, path, leftOut: null, reason };
}

/** The folder that the inputs' names start from: what their paths have before them. */
async function baseOf(replay: Replay): Promise<string> {
  for await (const { path, shown } of replay.inputs()) {
    if (path !== shown && path.endsWith(`/${shown}`)) return path.slice(0, -shown.length - 1);
  }
  return process.cwd();
}
