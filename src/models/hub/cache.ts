/**
 * The hub's cache on disk, laid out as `huggingface_hub` lays it out: `models--org--name/` with the contents in `blobs/`
 * by their hash, one folder of links per commit in `snapshots/`, and in `refs/` the commit of each branch or tag.
 */
import * as fs from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { isCommit, type ModelId } from "./names.ts";

const PREFIX = "models--";
const TAG = `Signature: 8a477f597d28d172789f06886806bc55
# This folder holds downloads that can be made again.
`;

export interface CachedRevision {
  commit: string;
  dir: string;
  /** Branches and tags that stand for it. */
  refs: string[];
}

export interface CachedModel {
  repo: string;
  /** Its `models--…` folder. */
  dir: string;
  revisions: CachedRevision[];
}

/** The folder of a model, which may not be there. */
export function modelDir(cacheDir: string, repo: string): string {
  return join(cacheDir, PREFIX + repo.replace("/", "--"));
}

/** A model's folder for the links of one commit. */
export function snapshotDir(dir: string, commit: string): string {
  return join(dir, "snapshots", commit);
}

/** The folder of the snapshot that a model's id stands for; undefined when it is not here. */
export function cachedSnapshot(cacheDir: string, id: ModelId): string | undefined {
  const dir = modelDir(cacheDir, id.repo);
  const revision = id.revision ?? "main";
  const commit = isCommit(revision) ? revision : readRef(dir, revision);
  if (commit === undefined) return undefined;
  const snapshot = snapshotDir(dir, commit);
  return fs.existsSync(snapshot) ? snapshot : undefined;
}

/** Every model that was downloaded, by name. */
export function cachedModels(cacheDir: string): CachedModel[] {
  return folders(cacheDir)
    .filter((name) => name.startsWith(PREFIX))
    .map((name) => ({ repo: name.slice(PREFIX.length).replace("--", "/"), dir: join(cacheDir, name) }))
    .map((model) => ({ ...model, revisions: cachedRevisions(model.dir) }));
}

function cachedRevisions(dir: string): CachedRevision[] {
  const refs = allRefs(dir);
  return folders(join(dir, "snapshots"))
    .filter(isCommit)
    .map((commit) => ({
      commit,
      dir: snapshotDir(dir, commit),
      refs: [...refs].filter(([, target]) => target === commit).map(([name]) => name),
    }));
}

/** Makes a branch or tag stand for a commit; a reader sees the old commit or the new one. */
export function writeRef(dir: string, revision: string, commit: string): void {
  const path = join(dir, "refs", revision);
  if (isCommit(revision) || readRef(dir, revision) === commit) return;
  fs.mkdirSync(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}.tmp`;
  fs.writeFileSync(temporary, commit);
  fs.renameSync(temporary, path);
}

/** Puts a blob into a snapshot under the file's own name; where links are not possible the contents are copied. */
export function linkBlob(blob: string, pointer: string): void {
  fs.mkdirSync(dirname(pointer), { recursive: true });
  if (fs.existsSync(pointer) && fs.realpathSync(pointer) === fs.realpathSync(blob)) return;
  fs.rmSync(pointer, { force: true });
  try {
    fs.symlinkSync(relative(dirname(pointer), blob), pointer);
  } catch (error) {
    if ((error as { code?: string }).code !== "EPERM") throw error;
    fs.copyFileSync(blob, pointer);
  }
}

/** Makes the cache's folder, with the mark by which programs for back-ups know to leave it out. */
export function prepareCache(cacheDir: string): void {
  fs.mkdirSync(cacheDir, { recursive: true });
  const tag = join(cacheDir, "CACHEDIR.TAG");
  if (!fs.existsSync(tag)) fs.writeFileSync(tag, TAG);
}

/** Removes revisions, and the blobs that no other revision has; all of them: the model's folder. @returns bytes freed */
export function removeRevisions(cacheDir: string, model: CachedModel, commits: ReadonlySet<string>): number {
  const before = blobBytes(model.dir);
  const kept = model.revisions.filter(({ commit }) => !commits.has(commit));
  if (kept.length === 0) {
    fs.rmSync(model.dir, { recursive: true, force: true });
    fs.rmSync(join(cacheDir, ".locks", model.dir.slice(cacheDir.length + 1)), { recursive: true, force: true });
    return before;
  }
  const blobs = resolve(model.dir, "blobs");
  const used = new Set(kept.flatMap(({ dir }) => filesBelow(dir).map(targetOf)));
  for (const { commit, dir, refs } of model.revisions) {
    if (!commits.has(commit)) continue;
    for (const ref of refs) fs.rmSync(join(model.dir, "refs", ref), { force: true });
    for (const path of filesBelow(dir)) {
      const blob = targetOf(path);
      if (!used.has(blob) && dirname(blob) === blobs) fs.rmSync(blob, { force: true });
      fs.rmSync(path, { force: true });
    }
    fs.rmSync(dir, { recursive: true, force: true });
    fs.rmSync(join(model.dir, "trees", `${commit}.json`), { force: true });
  }
  return before - blobBytes(model.dir);
}

/** Bytes of a model's contents, each counted once. */
function blobBytes(dir: string): number {
  const blobs = join(dir, "blobs");
  if (!fs.existsSync(blobs)) return 0;
  return filesBelow(blobs).reduce((sum, path) => sum + fs.statSync(path).size, 0);
}

/** Where a link leads, one step: a blob may itself be a link into a store that models share. */
function targetOf(path: string): string {
  return fs.lstatSync(path).isSymbolicLink() ? resolve(dirname(path), fs.readlinkSync(path)) : path;
}

/** Files of a snapshot, with the bytes of their contents. */
export function snapshotFiles(dir: string): { path: string; bytes: number }[] {
  return filesBelow(dir).map((path) => ({ path, bytes: fs.statSync(path).size }));
}

function readRef(dir: string, revision: string): string | undefined {
  try {
    const commit = fs.readFileSync(join(dir, "refs", revision), "utf8").trim();
    return isCommit(commit) ? commit : undefined;
  } catch {
    return undefined;
  }
}

function allRefs(dir: string): Map<string, string> {
  const root = join(dir, "refs");
  const refs = new Map<string, string>();
  for (const path of filesBelow(root)) {
    const name = relative(root, path);
    const commit = readRef(dir, name);
    if (commit !== undefined) refs.set(name, commit);
  }
  return refs;
}

/** Files and links whose contents are there, in order. */
function filesBelow(dir: string): string[] {
  if (!fs.existsSync(dir)) return [];
  return fs
    .readdirSync(dir, { recursive: true, encoding: "utf8" })
    .sort()
    .map((name) => join(dir, name))
    .filter((path) => fs.existsSync(path) && !fs.lstatSync(path).isDirectory());
}

function folders(dir: string): string[] {
  if (!fs.existsSync(dir)) return [];
  return fs
    .readdirSync(dir, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
}
