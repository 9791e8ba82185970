/**
 * Tags: a name for the state of all tables together. A tag keeps their versions in links to the tables' files, so that
 * pruning goes on beside it, and a copy of the project's own state.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { MdpError, UsageError } from "../../../core/errors.ts";
import { writeWhole } from "../../../core/new-file.ts";
import { type Project, tablesDir } from "../../../core/project.ts";
import { lockProject } from "../../../manifest/lock.ts";
import { copyState } from "../../../manifest/rewind.ts";
import { State } from "../../../manifest/state.ts";
import { copyVersion } from "../../../store/table-copy.ts";
import { openHistories } from "./open.ts";

export interface TaggedTable {
  name: string;
  engine: string;
  calls: boolean;
  version: number;
  rows: number;
}

export interface Tag {
  name: string;
  /** When it was given, ISO 8601. */
  time: string;
  tables: TaggedTable[];
  files: number;
  documents: number;
  chunks: number;
}

const NAME = /^[A-Za-z0-9]([A-Za-z0-9_-]|\.(?=[A-Za-z0-9])){0,99}$/;
const folderOf = ({ stateDir }: Project) => join(stateDir, "tags");
export const tagFolder = (project: Project, name: string): string => join(folderOf(project), name);
/** Folder of the tables that a tag keeps. */
export const tagTablesDir = (project: Project, name: string): string => join(tagFolder(project, name), "lancedb");
const tagFile = (project: Project, name: string) => join(tagFolder(project, name), "tag.json");

/** The project's tags, the latest first. */
export function readTags(project: Project): Tag[] {
  const folder = folderOf(project);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .flatMap((name) => readTag(project, name) ?? [])
    .sort((a, b) => (a.time < b.time ? 1 : a.time > b.time ? -1 : a.name < b.name ? -1 : 1));
}

/** Undefined for a name that is none, or whose making was cut off. */
export function readTag(project: Project, name: string): Tag | undefined {
  if (!NAME.test(name) || !existsSync(tagFile(project, name))) return undefined;
  return JSON.parse(readFileSync(tagFile(project, name), "utf8")) as Tag;
}

/** @throws UsageError for what cannot be a tag; MdpError `tag-taken`, `project-locked`, `nothing-ingested` */
export async function tagTables(project: Project, name: string, force: boolean): Promise<Tag> {
  if (!NAME.test(name) || /^\d+$/.test(name) || name === "now" || name.endsWith(".lock")) {
    const hint = 'a tag has letters, digits, dashes, underscores and single dots; it is not a number, and not "now"';
    throw new UsageError(`"${name}" cannot be a tag`, hint);
  }
  using _lock = lockProject(project.stateDir, "data tag");
  const taken = readTag(project, name);
  if (taken && !force) {
    throw new MdpError({
      code: "tag-taken",
      message: `the tag "${name}" names the tables of ${taken.time}`,
      where: project.dir,
      hint: "choose another name, or move it with --force",
    });
  }
  await using tables = await openHistories(project);
  if (tables.all.length === 0) {
    throw new MdpError({
      code: "nothing-ingested",
      message: "there is no table to tag yet",
      where: project.dir,
      hint: "run: mdp ingest <files or folders>",
    });
  }
  // Without its file the tag is none: what a killed process leaves is cleared away.
  rmSync(tagFile(project, name), { force: true });
  clearLeftovers(project);
  const folder = tagFolder(project, name);
  mkdirSync(folder, { recursive: true });
  const tagged: TaggedTable[] = [];
  for (const { name: table, engine, calls, versions } of tables.all) {
    const { version, rows } = versions.at(-1)!;
    copyVersion(tablesDir(project), tagTablesDir(project, name), table, version);
    tagged.push({ name: table, engine, calls, version, rows });
  }
  copyState(project.stateDir, folder);
  const { items: files, documents, chunks } = totalsOf(project);
  const tag: Tag = { name, time: new Date().toISOString(), tables: tagged, files, documents, chunks };
  await writeWhole(tagFile(project, name), `${JSON.stringify(tag, null, 2)}\n`);
  return tag;
}

/** Takes the name away, and what only it kept. @throws MdpError `unknown-tag` */
export function removeTag(project: Project, name: string): Tag {
  using _lock = lockProject(project.stateDir, "data tag");
  const tag = readTag(project, name);
  if (!tag) {
    const known = readTags(project).map((each) => each.name);
    throw new MdpError({
      code: "unknown-tag",
      message: `there is no tag "${name}"`,
      where: project.dir,
      hint: known.length > 0 ? `tags: ${known.join(", ")}` : "mdp data tag NAME makes one",
    });
  }
  rmSync(tagFile(project, name));
  clearLeftovers(project);
  return tag;
}

/** Removes what belongs to no tag: folders without their file. */
function clearLeftovers(project: Project): void {
  const folder = folderOf(project);
  for (const name of existsSync(folder) ? readdirSync(folder) : []) {
    if (!existsSync(tagFile(project, name))) rmSync(join(folder, name), { recursive: true, force: true });
  }
}

function totalsOf(project: Project) {
  using state = new State(project.stateDir);
  return state.totals();
}
