/** What finding copies gives back: which documents go, what is cut from the others, and why. */
import type { DocumentMethod, PartMethod } from "./job.ts";

export type DedupMethod = DocumentMethod | PartMethod | "semantic";

export interface RemovedDocument {
  doc: number;
  /** The document that stays and that `doc` is a copy of; from `documents` on it is one of `against`. */
  partner: number;
  /** Similarity to the partner. */
  score: number;
  method: DedupMethod;
}

/** Whole documents that are copies. */
export interface Duplicates {
  documents: number;
  /** A bit for each document that goes (bit `doc & 7` of byte `doc >> 3`). */
  removed: Uint8Array;
  /** The first document of each document's cluster of near copies; its own id when it is alone. */
  cluster: Uint32Array;
  /** Clusters of two or more documents. */
  clusters: number;
  /** Removed documents by method, 0 where there are none; for sentences and substring, stretches of text that repeat an earlier one. */
  counts: Partial<Record<DedupMethod, number>>;
  /** All removals in order of document. */
  removals(): AsyncIterable<RemovedDocument>;
}

/** The outcome of `resolveDuplicates`. Its files lie in `workDir`, which has to stay as long as they are read. */
export interface Resolution extends Duplicates {
  /** The file of `removed`: give it with the signatures when they serve as `against`. */
  removedPath: string;
  /** What the methods for parts cut from documents that stay, for `openCuts`; undefined without such methods. */
  cutsPath: string | undefined;
  /** Documents from which something is cut. */
  cutDocuments: number;
  /** Candidates that were compared by text, and those of which a text was missing, which changed nothing. */
  compared: number;
  unverified: number;
}
