/** What people name states of the tables by: a tag, a run, a version of one table, or now. */
import { MdpError, UsageError } from "../../../core/errors.ts";
import { type Project, tablesDir } from "../../../core/project.ts";
import { type FullRun, Listing } from "../../../manifest/listing.ts";
import type { TableVersion } from "../../../store/history.ts";
import { isNamed, type OpenTable } from "./open.ts";
import { readTag, readTags, type Tag, tagTablesDir } from "./tags.ts";

export interface MomentTable {
  name: string;
  engine: string;
  calls: boolean;
  /** Null where the table was not there yet. */
  version: number | null;
  rows: number;
  /** Folder of the store that keeps the version. */
  dir: string;
}

export interface Moment {
  /** As it was resolved: `v1`, `run 20260131T…`, `code@12`, `now`. */
  name: string;
  kind: "tag" | "run" | "version" | "now";
  tables: MomentTable[];
}

/** First letters of a run's id that are enough. */
const RUN = /^\d{8}T\d+/;

/** @throws UsageError for a word that names no state; MdpError `version-pruned` */
export function momentOf(project: Project, tables: readonly OpenTable[], word: string): Moment {
  if (word === "now")
    return { name: "now", kind: "now", tables: tables.map((table) => at(project, table, table.versions.at(-1)!)) };
  const tag = readTag(project, word);
  if (tag) return { name: word, kind: "tag", tables: fromTag(project, tag, tables) };
  const [, name, digits] = /^(?:(.+)@)?(\d{1,9})$/.exec(word) ?? [];
  if (digits !== undefined) return versionMoment(project, tables, name, Number(digits));
  if (RUN.test(word)) return runMoment(project, tables, word);
  const tags = readTags(project).map((each) => each.name);
  const known = tags.length > 0 ? `tags: ${tags.join(", ")}; ` : "";
  throw new UsageError(
    `"${word}" names no state of the tables`,
    `${known}runs and versions such as chunks@12 stand in mdp data log`,
  );
}

/** Whether a word names a state of the tables, or would, if what it names were there. */
export function isMoment(project: Project, word: string): boolean {
  return word === "now" || /@\d{1,9}$|^\d{1,9}$/.test(word) || RUN.test(word) || readTag(project, word) !== undefined;
}

/** A table that came after the tag was not there. */
function fromTag(project: Project, tag: Tag, tables: readonly OpenTable[]): MomentTable[] {
  const names = new Set(tag.tables.map(({ name }) => name));
  const dir = tagTablesDir(project, tag.name);
  const later = tables.filter(({ name }) => !names.has(name));
  return [...tag.tables.map((table) => ({ ...table, dir })), ...later.map((table) => absent(project, table))];
}

const absent = (project: Project, { name, engine, calls }: OpenTable): MomentTable => {
  return { name, engine, calls, version: null, rows: 0, dir: tablesDir(project) };
};

function versionMoment(
  project: Project,
  tables: readonly OpenTable[],
  name: string | undefined,
  version: number,
): Moment {
  const passages = tables.filter(({ calls }) => !calls);
  const table =
    name === undefined ? (passages.length === 1 ? passages[0] : undefined) : tables.find((each) => isNamed(each, name));
  if (!table) {
    const names = tables.map((each) => each.name).join(", ");
    if (name === undefined)
      throw new UsageError(`version ${version} of which table?`, `write TABLE@${version}; tables: ${names}`);
    throw new UsageError(`there is no table "${name}"`, `tables: ${names || "none"}`);
  }
  const found = table.versions.find((each) => each.version === version);
  if (!found) throw pruned(table, `version ${version}`);
  return { name: `${table.name}@${version}`, kind: "version", tables: [at(project, table, found)] };
}

function runMoment(project: Project, tables: readonly OpenTable[], word: string): Moment {
  using listing = new Listing(project.stateDir);
  const runs = listing.runs();
  const found = runs.filter(({ id }) => id.startsWith(word));
  const [run, other] = found;
  if (!run) throw new UsageError(`there is no run "${word}"`, "mdp data log lists the runs");
  if (other)
    throw new UsageError(`"${word}" begins several runs: ${found.map(({ id }) => id).join(", ")}`, "write more of it");
  const end = endOf(run, runs);
  const states = tables.map((table) => {
    const version = table.versions.findLast(({ time }) => time <= end);
    if (version) return at(project, table, version);
    if (table.versions[0]?.version !== 1) throw pruned(table, `the version of ${run.id}`);
    return absent(project, table);
  });
  return { name: `run ${run.id}`, kind: "run", tables: states };
}

/** Milliseconds at which a run was over: one without an end was cut off before the next one began. */
export function endOf(run: FullRun, runs: readonly FullRun[]): number {
  if (run.finished !== null) return Date.parse(run.finished);
  const next = runs.findLast(({ started }) => started > run.started);
  return next ? Date.parse(next.started) - 1 : Number.POSITIVE_INFINITY;
}

function at(project: Project, { name, engine, calls }: OpenTable, { version, rows }: TableVersion): MomentTable {
  return { name, engine, calls, version, rows, dir: tablesDir(project) };
}

function pruned(table: OpenTable, what: string): MdpError {
  const kept = table.versions.map(({ version }) => version);
  const listed = kept.length > 20 ? [kept[0], "…", ...kept.slice(-18)] : kept;
  return new MdpError({
    code: "version-pruned",
    message: `${what} of the table "${table.name}" is not kept any more`,
    hint: `kept: ${listed.join(", ")}; versions older than an hour go unless a tag names them: mdp data tag NAME`,
  });
}
