/** The columns of a sample where a format has columns: those of rows, or those of documents. */
import type { StoredItem } from "../../set/documents.ts";
import type { ExportTarget } from "../exporter.ts";

export interface Column {
  name: string;
  type: "uint8" | "uint16" | "uint32" | "uint64" | "text";
  /** Of lists whose length is always the same. */
  length: number | null;
  /** The numbers of an item; a single one where `type` is uint64, a text where it is that. */
  of(item: StoredItem): ColumnValue;
}

export type ColumnValue = Uint8Array | Uint16Array | Uint32Array | bigint | string;

/** Columns sorted by name: the same names as the tensors of shards have. */
export function columnsOf({ index, hasLossMask, textOf }: ExportTarget): Column[] {
  const packed = index.layout === "packed";
  const length = packed && index.packing !== "dynamic" ? index.seq_len : null;
  const columns: Column[] = packed
    ? [
        { name: "input_ids", type: index.dtype, length, of: ({ tokens }) => tokens },
        { name: "segment_ids", type: "uint16", length, of: ({ segments }) => segments! },
      ]
    : [
        { name: "doc_id", type: "uint64", length: null, of: ({ id }) => id! },
        { name: "tokens", type: index.dtype, length, of: ({ tokens }) => tokens },
      ];
  if (hasLossMask) columns.push({ name: "loss_mask", type: "uint8", length, of: lossMaskOf });
  if (textOf) columns.push({ name: "text", type: "text", length: null, of: textOf });
  return columns.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** All ones for real tokens where an item has no mask of its own. */
function lossMaskOf({ lossMask, segments, tokens }: StoredItem): Uint8Array {
  return lossMask ?? (segments ? Uint8Array.from(segments, (segment) => Math.min(segment, 1)) : ones(tokens.length));
}

function ones(length: number): Uint8Array {
  return new Uint8Array(length).fill(1);
}
