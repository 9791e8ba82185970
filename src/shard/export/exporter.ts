/** How a set leaves in the format of another library: one split after the other, item by item. */
import type { StoredItem } from "../set/documents.ts";
import type { ShardIndex } from "../shard-index.ts";

export interface ExportTarget {
  /** An existing folder. */
  dir: string;
  split: string;
  /** Of the set that is exported. */
  index: ShardIndex;
  /** Whether some tokens of the split are not trained on. */
  hasLossMask: boolean;
  /** Gives the text of an item where the export is to have it, and the format has a place for it. */
  textOf?: ((item: StoredItem) => string) | undefined;
}

export interface ExportedSplit {
  /** Relative to the target's folder. */
  files: string[];
  /** Items without tokens, which the format cannot hold. */
  skipped: number;
}

export interface SplitExport {
  add(item: StoredItem): Promise<void>;
  /** Puts the files in place. */
  close(): Promise<ExportedSplit>;
  /** Gives up; no file is left under its name. */
  abort(): Promise<void>;
}

export interface Exporter {
  readonly name: string;
  /** What an item is: a document without padding, or a sample as it was written. */
  readonly items: "documents" | "samples";
  /** Whether texts can stand beside the tokens. */
  readonly takesText: boolean;
  open(target: ExportTarget): Promise<SplitExport>;
}
