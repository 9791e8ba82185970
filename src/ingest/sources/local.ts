/** Local files: a file, a folder, a glob, or a list of paths. */
import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import type { Reject } from "../../core/document.ts";
import { messageOf } from "../../core/errors.ts";
import { displayPath, type Project, uriOf } from "../../core/project.ts";
import { Stream } from "../../core/stream.ts";
import type { IngestSettings } from "../config.ts";
import { resolveRoot, typeOf } from "./shared/root.ts";
import { type WalkedFile, walk } from "./shared/walk.ts";
import type { SourceEvents, SourceItem } from "./source.ts";

export { type Root, rootOf } from "./shared/root.ts";

/** Paths of a list that are looked up at the same time. */
const LIST_CONCURRENCY = 32;

/**
 * The files of one input, in byte order of their paths. A named file is yielded whatever the rules say. A root that is
 * gone yields nothing: `rootOf(…).exists` tells.
 */
export async function* listLocal(
  project: Project,
  input: string,
  settings: IngestSettings,
  events: SourceEvents,
): AsyncGenerator<SourceItem, void, undefined> {
  const root = await resolveRoot(project, input);
  const { problem } = root;
  if (problem !== undefined) {
    const uri = uriOf(project, root.path);
    events.onReject({ uri, code: "not-a-file", reason: problem, hint: "name files, folders or a glob" });
  } else if (root.kind === "file") {
    const found = await look(project, root.path);
    if ("stats" in found) yield itemOf(project, found, root.shown);
    else events.onReject(found);
  } else if (root.exists) {
    for await (const file of walk(project, root, settings, events)) yield itemOf(project, file, root.shown);
  }
}

/** The files of a list of paths, in the list's order, each once. What cannot be read is named. */
export async function* listPaths(
  project: Project,
  paths: AsyncIterable<string>,
  _settings: IngestSettings,
  events: SourceEvents,
): AsyncGenerator<SourceItem, void, undefined> {
  const seen = new Set<string>();
  const files = new Stream(paths)
    .filter((path) => path !== "" && !seen.has(path) && seen.add(path) !== undefined)
    .mapConcurrent(LIST_CONCURRENCY, (path) => look(project, resolve(path)));
  for await (const found of files) {
    if ("code" in found) {
      events.onReject(found);
      continue;
    }
    const shown = displayPath(project, found.path);
    if (found.path.startsWith(`${project.stateDir}/`)) events.onSkip({ path: shown, reason: "internal" });
    else if (found.stats.isDirectory()) events.onSkip({ path: shown, reason: "folder", detail: "lists name files" });
    else yield itemOf(project, found, "-");
  }
}

async function look(project: Project, path: string): Promise<WalkedFile | Reject> {
  const uri = uriOf(project, path);
  try {
    const stats = await stat(path, { bigint: true });
    if (stats.isFile() || stats.isDirectory()) return { path, stats };
    return { uri, code: "not-a-file", reason: `a ${typeOf(stats)}, not a file`, hint: "leave it out of the list" };
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
    if (!missing) return { uri, code: "unreadable", reason: messageOf(error), hint: "check its permissions" };
    return { uri, code: "not-found", reason: "there is no such file", hint: "check the path and the current folder" };
  }
}

function itemOf(project: Project, file: WalkedFile, root: string): SourceItem {
  const { path, stats } = file;
  return {
    uri: uriOf(project, path),
    path,
    shown: displayPath(project, path),
    root,
    size: Number(stats.size),
    mtimeNs: stats.mtimeNs,
  };
}
