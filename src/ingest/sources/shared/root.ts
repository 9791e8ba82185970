/** The root of an ingest: a file, a folder or a glob, and which paths belong to it. */
import { stat } from "node:fs/promises";
import { basename, dirname, join, resolve, sep } from "node:path";
import { messageOf } from "../../../core/errors.ts";
import { displayPath, type Project } from "../../../core/project.ts";

export interface Root {
  /** As the user wrote it. */
  input: string;
  /** Relative to the project folder, or absolute outside it; a glob keeps its pattern. */
  shown: string;
  /** Absolute base folder: the folder itself, the file's folder, or what comes before a glob's first wildcard. */
  dir: string;
  kind: "file" | "folder" | "glob";
  exists: boolean;
  /** Whether a shown path is one that this root covers. */
  matches(shownPath: string): boolean;
}

/** A root with what the walk needs besides. */
export interface ResolvedRoot extends Root {
  /** Absolute path of the file or folder; a glob's base folder. */
  path: string;
  /** Pattern relative to `dir`, of a glob. */
  pattern: string | undefined;
  /** Why the path cannot be used although it may exist. */
  problem: string | undefined;
}

const WILDCARD = /[*?[\]{}]/;

/** Relative inputs start at the current folder. A path that exists is taken literally, whatever characters it has. */
export async function rootOf(project: Project, input: string): Promise<Root> {
  return resolveRoot(project, input);
}

export async function resolveRoot(project: Project, input: string): Promise<ResolvedRoot> {
  const path = resolve(input);
  const found = await statOf(path);
  if (found.kind === "missing" && WILDCARD.test(input)) return globRoot(project, input);

  const shown = displayPath(project, path);
  const folder = found.kind === "folder";
  return {
    input,
    shown,
    path,
    dir: folder ? path : dirname(path),
    // A path that is gone keeps what it used to hold within reach, so it counts as a folder.
    kind: folder || found.kind === "missing" ? "folder" : "file",
    exists: found.kind !== "missing",
    pattern: undefined,
    problem: found.problem,
    matches: (candidate) => candidate === shown || isBelow(candidate, shown),
  };
}

async function globRoot(project: Project, input: string): Promise<ResolvedRoot> {
  const { base, pattern } = splitGlob(input);
  const dir = resolve(base);
  const shownDir = displayPath(project, dir);
  const glob = new Bun.Glob(pattern);
  const found = await statOf(dir);
  return {
    input,
    shown: shownDir === "." ? pattern : join(shownDir, pattern),
    path: dir,
    dir,
    kind: "glob",
    exists: found.kind === "folder",
    pattern,
    problem: found.problem,
    matches: (candidate) => isBelow(candidate, shownDir) && glob.match(relativeTo(candidate, shownDir)),
  };
}

/** The folders before the first wildcard, and the pattern from there. */
export function splitGlob(input: string): { base: string; pattern: string } {
  const parts = input.split("/");
  const first = parts.findIndex((part) => WILDCARD.test(part));
  const base = parts.slice(0, first).join("/");
  return { base: base === "" && input.startsWith("/") ? "/" : base || ".", pattern: parts.slice(first).join("/") };
}

/** How many folders deep a pattern can match; unlimited with `**` or a slash inside braces. */
export function globDepth(pattern: string): number {
  return pattern.includes("**") || /\{[^}]*\//.test(pattern) ? Number.POSITIVE_INFINITY : pattern.split("/").length;
}

function isBelow(path: string, folder: string): boolean {
  if (folder === ".") return !path.startsWith("/");
  return path.startsWith(folder.endsWith("/") ? folder : `${folder}/`);
}

function relativeTo(path: string, folder: string): string {
  return folder === "." ? path : path.slice(folder.endsWith("/") ? folder.length : folder.length + 1);
}

type Found = { kind: "file" | "folder" | "other" | "missing" | "unreadable"; problem: string | undefined };

async function statOf(path: string): Promise<Found> {
  try {
    const found = await stat(path);
    if (found.isDirectory()) return { kind: "folder", problem: undefined };
    if (found.isFile()) return { kind: "file", problem: undefined };
    return { kind: "other", problem: `${basename(path)} is a ${typeOf(found)}, not a file` };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === "ENOENT" || code === "ENOTDIR") return { kind: "missing", problem: undefined };
    return { kind: "unreadable", problem: messageOf(error) };
  }
}

interface Typed {
  isFIFO(): boolean;
  isSocket(): boolean;
  isBlockDevice(): boolean;
  isCharacterDevice(): boolean;
}

/** Name of a kind of file that is never opened. */
export function typeOf(entry: Typed): string {
  if (entry.isFIFO()) return "FIFO";
  if (entry.isSocket()) return "socket";
  return entry.isBlockDevice() || entry.isCharacterDevice() ? "device" : "special file";
}

/** Path below `folder` with `/`, for matching. */
export function relativePath(folder: string, path: string): string {
  const rest = folder.endsWith(sep) ? path.slice(folder.length) : path.slice(folder.length + 1);
  return sep === "/" ? rest : rest.split(sep).join("/");
}
