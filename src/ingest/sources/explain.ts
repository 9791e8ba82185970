/** Why a walk leaves out a file, and by which rule of which file and line. */
import { readFileSync } from "node:fs";
import { lstat, realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import { displayPath, type Project } from "../../core/project.ts";
import type { IngestSettings } from "../config.ts";
import { decisionOf, enterFolder, outerRules } from "./shared/ignore-rules.ts";
import { type Naming, nameSkipped, namingOf } from "./shared/naming.ts";
import { relativePath, resolveRoot, typeOf } from "./shared/root.ts";
import type { SkipReason } from "./source.ts";

export interface LeftOut {
  /** Shown path of what is left out: the file, or a folder above it. */
  path: string;
  reason: SkipReason | "outside-pattern";
  detail?: string;
  /** The pattern that decides: of a file, a shown path, and its line there; or of a setting. */
  rule?: { pattern: string; file: string | null; line: number | null; setting?: string };
}

/**
 * What keeps a walk of `input` from a file below it; undefined when nothing does, or it does not lie there.
 *
 * @param path absolute
 */
export async function whyLeftOut(
  project: Project,
  input: string,
  path: string,
  settings: IngestSettings,
): Promise<LeftOut | undefined> {
  const root = await resolveRoot(project, input);
  const below = path.startsWith(root.dir.endsWith("/") ? root.dir : `${root.dir}/`);
  if (root.kind === "file" || !below) return undefined;
  let rules = settings.gitignore ? outerRules(root.dir, project.dir) : undefined;
  const naming = namingOf(project, root, settings);
  const names = relativePath(root.dir, path).split("/");
  let folder = root.dir;
  for (const [i, name] of names.entries()) {
    if (settings.gitignore) rules = enterFolder(folder, rules, await exists(join(folder, ".git")));
    const here = join(folder, name);
    const isFolder = i < names.length - 1 || (await isDirectory(here));
    const found =
      byName(project, name, here, isFolder, { ...naming, rules }) ?? (await byKind(project, root.dir, here));
    if (found) return found;
    folder = here;
  }
  if (root.pattern !== undefined && !new Bun.Glob(root.pattern).match(relativePath(root.dir, path))) {
    return { path: displayPath(project, path), reason: "outside-pattern", detail: `${root.shown} does not match it` };
  }
  return undefined;
}

function byName(project: Project, name: string, path: string, isFolder: boolean, naming: Naming): LeftOut | undefined {
  const reason = nameSkipped(name, path, isFolder, naming);
  if (!reason) return undefined;
  const shown = displayPath(project, path);
  if (reason !== "ignored") return { path: shown, reason };
  const decision = decisionOf(naming.excluded, path, isFolder) ?? decisionOf(naming.rules, path, isFolder);
  if (decision?.pattern === undefined) return { path: shown, reason };
  const { file, pattern } = decision;
  const rule =
    file === undefined
      ? { pattern, file: null, line: null, setting: "ingest.exclude" }
      : { pattern, file: displayPath(project, file), line: lineOf(file, pattern) };
  return { path: shown, reason, rule };
}

/** The last line that says it: it decides. */
function lineOf(file: string, pattern: string): number | null {
  const lines = readFileSync(file, "utf8").split(/\r?\n/);
  const at = lines.findLastIndex((line) => line === pattern || line.trimEnd() === pattern);
  return at === -1 ? null : at + 1;
}

/** What a link leads to, and what is neither a file nor a folder. */
async function byKind(project: Project, root: string, path: string): Promise<LeftOut | undefined> {
  const shown = displayPath(project, path);
  const found = await lstat(path).catch(() => undefined);
  if (!found) return undefined;
  if (!found.isSymbolicLink()) {
    const plain = found.isFile() || found.isDirectory();
    return plain ? undefined : { path: shown, reason: "not-a-file", detail: typeOf(found) };
  }
  const target = await realpath(path).catch(() => undefined);
  if (target === undefined) return { path: shown, reason: "broken-link" };
  const top = await realpath(root);
  if (target !== top && !target.startsWith(top === "/" ? "/" : `${top}/`)) {
    return { path: shown, reason: "outside-root", detail: `leads to ${target}` };
  }
  const to = await stat(path);
  if (to.isFile()) return undefined;
  const twice = `leads to ${target} in the same folder, and what lies there is taken under one of the two names`;
  if (to.isDirectory()) return { path: shown, reason: "link-to-walked", detail: twice };
  return { path: shown, reason: "not-a-file", detail: typeOf(to) };
}

const exists = async (path: string) => (await lstat(path).catch(() => undefined)) !== undefined;

async function isDirectory(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
}
