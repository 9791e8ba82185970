/** What a source yields: the files to read, and the events for what it left out. */
import type { Reject } from "../../core/document.ts";

/** One file to read. */
export interface SourceItem {
  /** Identity within the project, see `uriOf`. */
  uri: string;
  /** Absolute path. */
  path: string;
  /** Path relative to the project folder, or absolute outside it. */
  shown: string;
  /** The root as it was ingested, in the same form as `shown`; `-` for a list of paths. */
  root: string;
  /** Size in bytes. */
  size: number;
  /** Modification time, nanoseconds since the epoch. */
  mtimeNs: bigint;
  /** Only a stretch of a file of lines is to be read. */
  range?: LineRange | undefined;
}

/** Whole lines of a large file: bytes `[start, end)`, of which the first is line `firstLine` (1-based) of the file. */
export interface LineRange {
  start: number;
  end: number;
  firstLine: number;
}

export type SkipReason =
  /** Content that no format reads. */
  | "binary"
  /** Plainly made by a program; see `generatedBy`. */
  | "generated"
  | "hidden"
  /** Matched by `.gitignore`, `.mdpignore` or the `exclude` setting. */
  | "ignored"
  /** A FIFO, a socket or a device. */
  | "not-a-file"
  /** A symbolic link that leads out of the root. */
  | "outside-root"
  /** A symbolic link to a folder that is walked anyway. */
  | "link-to-walked"
  | "broken-link"
  /** A folder in a list of paths. */
  | "folder"
  /** The project's own `.mdp/`, or a `.git`. */
  | "internal";

/** A file or folder that was left out on purpose: counted, never an error. */
export interface Skip {
  /** Shown path. */
  path: string;
  reason: SkipReason;
  detail?: string;
}

export interface SourceEvents {
  onSkip(skip: Skip): void;
  onReject(reject: Reject): void;
  /**
   * A folder is about to be read.
   *
   * @param leavesOut whether a name in it would be left out; certain once the folder has been read
   */
  onFolder?(dir: string, leavesOut: LeavesOut): void;
}

export type LeavesOut = (name: string, isFolder: boolean) => boolean;
