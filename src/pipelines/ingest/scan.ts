/** What is there now: every input's files into the state's scan table, and which roots the run may delete in. */
import { existsSync } from "node:fs";
import { isAbsolute, resolve } from "node:path";
import type { Reject } from "../../core/document.ts";
import { MdpError, UsageError } from "../../core/errors.ts";
import type { Project } from "../../core/project.ts";
import type { IngestSettings } from "../../ingest/config.ts";
import { rejectOf } from "../../ingest/reader/reject.ts";
import { listLocal, listPaths, type Root, rootOf } from "../../ingest/sources/local.ts";
import type { Skip, SourceEvents, SourceItem } from "../../ingest/sources/source.ts";
import type { ItemRow, ScanRow, State } from "../../manifest/state.ts";
import type { Externals } from "./externals.ts";

const INSERT_ROWS = 1000;

export interface ScanRequest {
  project: Project;
  inputs: readonly string[];
  stdin: AsyncIterable<string> | undefined;
  settings: IngestSettings;
  state: State;
  signal: AbortSignal;
  onFound: (count: number) => void;
  /** Whether the engine that would take a file leaves it out. */
  ignores: (path: string) => boolean;
  externals: Externals;
  /** Told of every folder before it is read. */
  onFolder?: SourceEvents["onFolder"] | undefined;
}

export interface ScanResult {
  roots: Root[];
  skipped: Record<string, number>;
  /** Inputs that do not exist: wrong every time, so nothing is remembered of them. */
  missing: Reject[];
  /** What could not be listed within an input, by the input's name. */
  unlisted: Map<string, Reject[]>;
}

/** Lists every input. A root that has vanished or become empty is an error unless `allowEmpty`. */
export async function scanInputs(request: ScanRequest): Promise<ScanResult> {
  const { project, settings, state, signal } = request;
  const result: ScanResult = { roots: [], skipped: {}, missing: [], unlisted: new Map() };
  const eventsOf = (name: string) => {
    const rejects: Reject[] = [];
    result.unlisted.set(name, rejects);
    return {
      onSkip: (skip: Skip) => {
        result.skipped[skip.reason] = (result.skipped[skip.reason] ?? 0) + 1;
      },
      onReject: (reject: Reject) => {
        rejects.push(reject);
      },
      ...(request.onFolder ? { onFolder: request.onFolder } : {}),
    };
  };
  state.clearScan();
  const collect = async (items: AsyncIterable<SourceItem>) => {
    let rows: ScanRow[] = [];
    let found = 0;
    for await (const item of items) {
      signal.throwIfAborted();
      if (request.ignores(item.shown)) {
        result.skipped.ignored = (result.skipped.ignored ?? 0) + 1;
        continue;
      }
      rows.push(rowOf(item));
      found++;
      if (rows.length < INSERT_ROWS) continue;
      state.addScanned(rows);
      request.onFound(state.scanned());
      rows = [];
    }
    state.addScanned(rows);
    request.onFound(state.scanned());
    return found;
  };

  for (const input of request.inputs) {
    if (input === "-") {
      await collect(listPaths(project, request.stdin ?? lines([]), settings, eventsOf(input)));
      continue;
    }
    if (request.externals.isSource(input)) {
      await scanSource(request, input, result);
      continue;
    }
    const root = await rootOf(project, input);
    const had = state.hasItemsOfRoot(root.shown);
    if (!root.exists && !had) {
      result.missing.push({
        uri: root.shown,
        code: "not-found",
        reason: `there is no file or folder "${input}"`,
        hint: "check the path; quote glob patterns so that mdp sees them",
      });
      continue;
    }
    const found = root.exists ? await collect(listLocal(project, input, settings, eventsOf(root.shown))) : 0;
    if (found === 0 && had && !settings.allowEmpty) throw emptyRoot(input, root.exists);
    result.roots.push(root);
  }
  return result;
}

/** A source that fails costs nothing of what it gave before; one that may not run, or does not exist, ends the run. */
async function scanSource({ externals, state, signal, onFound }: ScanRequest, input: string, result: ScanResult) {
  try {
    state.addScanned([await externals.fetch(input, signal)]);
  } catch (error) {
    const reject = rejectOf(input, error);
    if (signal.aborted || error instanceof UsageError || reject.code === "not-trusted") throw error;
    result.missing.push(reject);
    return;
  }
  onFound(state.scanned());
  const matches = (path: string) => path === input;
  result.roots.push({ input, shown: input, dir: "", kind: "file", exists: true, matches });
}

/** Whether the run may remove an item that it did not see: only within its own roots. */
export function mayRemove(item: ItemRow, roots: readonly Root[], project: Project): boolean {
  if (roots.some((root) => root.shown === item.root)) return true;
  const absolute = isAbsolute(item.path) ? item.path : resolve(project.dir, item.path);
  return roots.some((root) => root.matches(item.path)) && !existsSync(absolute);
}

function rowOf(item: SourceItem): ScanRow {
  return {
    uri: item.uri,
    root: item.root,
    path: item.shown,
    absolute: item.path,
    size: item.size,
    mtime: String(item.mtimeNs),
  };
}

function emptyRoot(input: string, exists: boolean): MdpError {
  return new MdpError({
    code: "root-empty",
    message: `"${input}" ${exists ? "has no files any more" : "does not exist any more"}, but the project holds documents from it`,
    where: input,
    hint: "if they are to go, run again with --allow-empty; else bring the folder back (is a disk unmounted?)",
  });
}

async function* lines(values: string[]): AsyncGenerator<string> {
  yield* values;
}
