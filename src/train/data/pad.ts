/** Rows of unequal length side by side. */
import type { TrainBatch } from "./batch.ts";
import type { EncodedRow } from "./kinds.ts";

/** Inputs are padded to a multiple of it: few shapes, each of which is traced once. */
const PAD_TO = 32;

/** What a row is padded with. No target of it counts. */
const PAD_ID = 0;

/** Targets count from a row's offset to its last token; what is beyond `maxSeqLength` is cut. */
export function padded(rows: readonly EncodedRow[], maxSeqLength: number): Omit<TrainBatch, "where"> {
  const longest = rows.reduce((most, { ids }) => Math.max(most, ids.length), 2);
  const length = Math.min(1 + PAD_TO * Math.ceil((longest - 1) / PAD_TO), maxSeqLength);
  const ids = new Int32Array(rows.length * length).fill(PAD_ID);
  const targets = new Uint8Array(rows.length * (length - 1));
  for (const [row, { ids: tokens, offset }] of rows.entries()) {
    const kept = Math.min(tokens.length, length);
    ids.set(tokens.subarray(0, kept), row * length);
    const start = row * (length - 1) - 1;
    for (let token = Math.max(1, offset); token < kept; token++) targets[start + token] = 1;
  }
  return { rows: rows.length, length, ids, targets };
}
