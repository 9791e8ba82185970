/** What is there: every input's files in their order, large files of rows in stretches. */
import { resolve } from "node:path";
import type { Settings } from "../../config/schema.ts";
import type { Reject } from "../../core/document.ts";
import { MdpError } from "../../core/errors.ts";
import type { Project } from "../../core/project.ts";
import { listLocal, listPaths, rootOf } from "../../ingest/sources/local.ts";
import type { Skip, SourceItem } from "../../ingest/sources/source.ts";
import { isOwnFile, layoutOf } from "./layout.ts";
import { type InputLine, splitInputs } from "./split-inputs.ts";

export interface Scan {
  /** Input of one task: a function of the inputs, never of how many workers there are. */
  taskBytes: number;
  lines: InputLine[];
  skipped: Record<string, number>;
  rejects: Reject[];
}

export interface ScanRequest {
  project: Project;
  inputs: readonly string[];
  /** The output folder, if any: what a run writes there is no input of it, wherever the folder lies. */
  out?: string;
  stdin?: AsyncIterable<string> | undefined;
  settings: Settings;
  signal: AbortSignal;
  onFound?: (files: number) => void;
}

/** Lists every input in order, each file once. */
export async function scan(request: ScanRequest): Promise<Scan> {
  const { project, settings, signal } = request;
  const result: Scan = { taskBytes: 0, lines: [], skipped: {}, rejects: [] };
  const seen = new Set<string>();
  const layout = request.out === undefined ? undefined : layoutOf(resolve(request.out));
  const isOwn = (path: string) => layout !== undefined && isOwnFile(layout, path);
  const events = {
    onSkip: ({ path, reason }: Skip) => {
      if (isOwn(resolve(project.dir, path))) return;
      result.skipped[reason] = (result.skipped[reason] ?? 0) + 1;
    },
    onReject: (reject: Reject) => {
      result.rejects.push(reject);
    },
  };
  const collect = async (items: AsyncIterable<SourceItem>) => {
    for await (const { uri, path, shown, root, size, mtimeNs } of items) {
      signal.throwIfAborted();
      if (seen.has(uri) || isOwn(path)) continue;
      seen.add(uri);
      result.lines.push({ uri, path, shown, root, size, mtimeNs: String(mtimeNs) });
      if (result.lines.length % 1_000 === 0) request.onFound?.(result.lines.length);
    }
  };
  for (const input of request.inputs) {
    if (input === "-") {
      await collect(listPaths(project, request.stdin ?? none(), settings.ingest, events));
    } else if ((await rootOf(project, input)).exists) {
      await collect(listLocal(project, input, settings.ingest, events));
    } else {
      throw new MdpError({
        code: "not-found",
        message: `there is no file or folder "${input}"`,
        hint: "check the path; quote glob patterns so that mdp sees them",
      });
    }
  }
  const total = result.lines.reduce((sum, { size }) => sum + size, 0);
  result.taskBytes = settings.shard.taskBytes ?? taskBytesOf(total);
  result.lines = await splitInputs(result.lines, result.taskBytes, settings.ingest.format);
  return result;
}

/** Enough tasks for many workers to end together, large enough that none is mostly its beginning and end. */
const TASKS = 128;
const SMALLEST_TASK = 2_000_000;
const LARGEST_TASK = 64_000_000;

const taskBytesOf = (total: number) => Math.min(LARGEST_TASK, Math.max(SMALLEST_TASK, Math.ceil(total / TASKS)));

async function* none(): AsyncGenerator<string> {}
