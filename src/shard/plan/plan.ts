/**
 * Which tokens go into which shard: a small plan from which each shard can be written on its own. A shard is a stretch
 * of the documents of one split, in the order of the token files; how they lie in rows follows when it is written.
 */
import type { ShardSettings } from "../config.ts";
import type { SetFacts } from "../layout.ts";

/** A place between two tokens. */
export interface Cursor {
  /** Number of a document over all token files. */
  document: number;
  /** Tokens of it that come before. */
  offset: number;
}

export interface ShardRange {
  /** Position in the set's names of splits. */
  split: number;
  /** Number in its split, from 0. */
  number: number;
  /** Tokens of a row; null for flat shards. */
  width: number | null;
  start: Cursor;
  /** Its first token is also the last of the shard before. */
  repeats?: true;
  /** Where its last document, or the part of it that it has, ends. */
  end: Cursor;
}

export interface PlannedFile {
  path: string;
  documents: number;
  tokens: number;
}

/** Everything that `writeShard` needs, as plain JSON. */
export interface ShardPlan {
  set: SetFacts;
  /** Folder that gets `shards/`. */
  outDir: string;
  tokenFiles: PlannedFile[];
  hasLossMask: boolean;
  /** Tokens of the input. */
  tokens: number;
  /** By split, then by number. */
  shards: ShardRange[];
}

type OfSettings =
  | "pack"
  | "seqLen"
  | "packing"
  | "longDocuments"
  | "shardFormat"
  | "compression"
  | "maxShardSizeBytes"
  | "maxTokensPerShard";

export interface PlanSettings extends Pick<ShardSettings, OfSettings> {
  /** Whether a row that continues a document begins with the last token before it. */
  rowOverlap?: boolean | undefined;
  /** Names in the order of the documents' split numbers. */
  splitNames: readonly string[];
  tokenizer: { name: string; sha256: string };
  vocabSize: number;
  /** Fills rows; 0 where the tokenizer has none. */
  padId: number | null;
  sepId: number | null;
  /** Hash of all inputs and settings; a shard with another one is never taken for finished. */
  fingerprint: string;
}
