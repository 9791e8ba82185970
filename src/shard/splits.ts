/** Which split a document belongs to: a function of its cluster of duplicates and a seed, never of its neighbours. */
import { UsageError } from "../core/errors.ts";

export interface Split {
  name: string;
  /** Share of all documents, 0 to 1. */
  share: number;
}

/** Reads `train=0.95,val=0.04,test=0.01`. Shares are made to add up to one. */
export function parseSplits(texts: readonly string[]): Split[] {
  const splits = texts.map((text) => {
    const [, name, amount] = /^([a-z][a-z0-9_-]*)=(\d*\.?\d+)$/i.exec(text.trim()) ?? [];
    if (name === undefined) {
      throw new UsageError(`"${text}" is not a split`, "splits look like train=0.95,val=0.04,test=0.01");
    }
    return { name, share: Number(amount) };
  });
  const total = splits.reduce((sum, { share }) => sum + share, 0);
  if (total <= 0) throw new UsageError("no split has a share", "splits look like train=0.95,val=0.04,test=0.01");
  if (new Set(splits.map(({ name }) => name)).size < splits.length) {
    throw new UsageError(`a split is given twice in "${texts.join(",")}"`, "give each split one share");
  }
  return splits.map(({ name, share }) => ({ name, share: share / total }));
}

const TWO_64 = 2 ** 64;

/**
 * Index into `splits` of a cluster. Adding documents moves no other, and changing the shares moves as few as possible.
 *
 * @param cluster the content hash of the cluster's representative
 */
export function splitOf(cluster: bigint, seed: number, splits: readonly Split[]): number {
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, cluster, true);
  view.setBigUint64(8, BigInt(seed), true);
  const place = Number(Bun.hash.xxHash64(bytes)) / TWO_64;
  let end = 0;
  for (let i = 0; i < splits.length - 1; i++) {
    end += splits[i]!.share;
    if (place < end) return i;
  }
  return splits.length - 1;
}

/** The content hash that splits are made of: 64 bits of the text as it is before personal data is removed. */
export function contentKey(text: string): bigint {
  return BigInt(Bun.hash.xxHash64(text));
}
