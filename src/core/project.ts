/** Where a project lives, and how its files are named. */
import { isAbsolute, join, relative, resolve, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

export interface Project {
  /** Absolute path of the project folder. */
  readonly dir: string;
  /** Absolute path of `.mdp/`. */
  readonly stateDir: string;
}

/** Folder of a project's tables. */
export const tablesDir = ({ stateDir }: Pick<Project, "stateDir">): string => join(stateDir, "lancedb");

/** In `.mdp/` while tables are taken back to an earlier state: what is to be done. */
export const RESTORE_JOURNAL = "restore.json";

export function projectAt(dir: string): Project {
  const absolute = resolve(dir);
  return { dir: absolute, stateDir: join(absolute, ".mdp") };
}

/** Path as users and filters see it: relative to the project folder with `/`, absolute outside it. */
export function displayPath(project: Project, path: string): string {
  const absolute = isAbsolute(path) ? path : resolve(project.dir, path);
  const inside = relative(project.dir, absolute);
  if (inside === "") return ".";
  if (inside === ".." || inside.startsWith(`..${sep}`) || isAbsolute(inside)) return absolute;
  return inside.split(sep).join("/");
}

/**
 * Uri of a file: a percent-encoded reference relative to the project folder, so that ids survive moving the whole
 * project, or an absolute `file:` uri outside it.
 */
export function uriOf(project: Project, path: string): string {
  const shown = displayPath(project, path);
  return isAbsolute(shown) ? pathToFileURL(shown).href : shown.split("/").map(encodeURIComponent).join("/");
}

/** The path that `uriOf` named, as users see it. */
export function pathOfUri(uri: string): string {
  return uri.startsWith("file:") ? fileURLToPath(uri) : decodeURIComponent(uri);
}
