/** Where everything lies in an output folder of `shard`, `curate` and `dedup`. */
import { join, relative } from "node:path";

export interface Layout {
  /** Absolute path of the output folder. */
  readonly dir: string;
  /** The frozen list of inputs, one JSON object a line. */
  readonly inputs: string;
  readonly plan: string;
  readonly staging: string;
  readonly cache: string;
  readonly manifest: string;
  readonly excluded: string;
  readonly removed: string;
  readonly rejects: string;
  readonly shards: string;
  /** Files of one task, by what they hold. */
  taskFile(kind: TaskFileKind, task: number): string;
}

/** Completion records end in `.json`; each is written after everything that it speaks of. */
const kinds = {
  documents: { folder: "documents", ending: ".docs" },
  read: { folder: "read", ending: ".json" },
  rejects: { folder: "read", ending: ".rejects.jsonl" },
  signatures: { folder: "signatures", ending: "" },
  tokens: { folder: "tokens", ending: ".tokens" },
  finished: { folder: "finished", ending: ".json" },
} as const;
export type TaskFileKind = keyof typeof kinds;

const TASK_DIGITS = 5;

export const taskName = (task: number) => String(task).padStart(TASK_DIGITS, "0");

export function layoutOf(dir: string): Layout {
  const staging = join(dir, "staging");
  return {
    dir,
    inputs: join(dir, "raw", "inputs.jsonl"),
    plan: join(staging, "plan.json"),
    staging,
    cache: join(dir, ".cache"),
    manifest: join(dir, "manifest.json"),
    excluded: join(dir, "excluded"),
    removed: join(dir, "removed.jsonl"),
    rejects: join(dir, "rejects.jsonl"),
    shards: join(dir, "shards"),
    taskFile: (kind, task) => join(staging, kinds[kind].folder, `${taskName(task)}${kinds[kind].ending}`),
  };
}

/** Folders below `staging/` in which tasks write. */
export const stagingFolders = [...new Set(Object.values(kinds).map(({ folder }) => folder))];

const OWN_FOLDERS = /^(staging|shards|excluded|\.cache)(\/|$)/;
const OWN_FILES =
  /^(manifest\.json|removed\.jsonl|rejects\.jsonl|raw\/inputs\.jsonl|\.mdpignore|part_\d+\.(jsonl|parquet))(\.\d+\.partial)?$/;

/** Whether a run writes this file or folder itself: inputs may lie in the output folder, or it among them. */
export function isOwnFile(layout: Layout, path: string): boolean {
  const inside = relative(layout.dir, path);
  return OWN_FOLDERS.test(inside) || OWN_FILES.test(inside);
}
