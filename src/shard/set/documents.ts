/** The contents of a set in order: documents, or samples as they were written. */
import { join } from "node:path";
import { assert } from "../../core/errors.ts";
import { flatTensors, packedTensors } from "../layout.ts";
import { type OpenShard, openShard } from "../open-shard.ts";
import type { ShardEntry, ShardIndex } from "../shard-index.ts";
import { newTokens, type TokenArray } from "../staging/token-file.ts";

/** A document, or a row; arrays are views of a mapped shard where they can be. */
export interface StoredItem {
  /** The document's id in flat sets, null in packed ones. */
  id: bigint | null;
  tokens: TokenArray;
  /** Of rows: from 1 for each document, 0 for padding. */
  segments: Uint16Array | null;
  /** 1 for tokens that are trained on; null where all are. */
  lossMask: Uint8Array | null;
}

export interface SetPlace {
  dir: string;
  index: ShardIndex;
  split: string;
}

/** The shards of one split in order. */
export function entriesOf({ index, split }: SetPlace): ShardEntry[] {
  return index.shards.filter((entry) => entry.split === split);
}

/** Documents of a split: of flat sets whole, of packed ones each run of a segment, without padding. */
export async function* documentsOf(place: SetPlace): AsyncGenerator<StoredItem, void, undefined> {
  if (place.index.layout === "flat") {
    yield* wholeDocuments(place);
    return;
  }
  for await (const row of rowsOf(place)) yield* segmentsOf(row);
}

/** Samples of a split: rows of packed sets, documents of flat ones. */
export function samplesOf(place: SetPlace): AsyncGenerator<StoredItem, void, undefined> {
  return place.index.layout === "flat" ? wholeDocuments(place) : rowsOf(place);
}

async function* rowsOf(place: SetPlace): AsyncGenerator<StoredItem, void, undefined> {
  for (const entry of entriesOf(place)) {
    const open = await openShard(join(place.dir, entry.path));
    const width = open.shard.seq_len;
    const tokens = tokensIn(open, packedTensors.ids);
    const segments = open.tensor(packedTensors.segments);
    const mask = open.tensor(packedTensors.lossMask);
    assert(width !== null && segments instanceof Uint16Array, "packed shards have rows with segments");
    for (let start = 0; start < tokens.length; start += width) {
      const end = start + width;
      const lossMask = mask ? (mask.subarray(start, end) as Uint8Array) : null;
      yield { id: null, tokens: tokens.subarray(start, end), segments: segments.subarray(start, end), lossMask };
    }
  }
}

function* segmentsOf({ tokens, segments, lossMask }: StoredItem): Generator<StoredItem, void, undefined> {
  assert(segments, "a row has segments");
  for (let start = 0; start < tokens.length && segments[start] !== 0; ) {
    let end = start + 1;
    while (end < tokens.length && segments[end] === segments[start]) end++;
    const mask = lossMask ? lossMask.subarray(start, end) : null;
    yield { id: null, tokens: tokens.subarray(start, end), segments: null, lossMask: mask };
    start = end;
  }
}

/** Documents of a flat set; parts that lie in several shards are joined. */
async function* wholeDocuments(place: SetPlace): AsyncGenerator<StoredItem, void, undefined> {
  let parts: StoredItem[] = [];
  for (const entry of entriesOf(place)) {
    const open = await openShard(join(place.dir, entry.path));
    const count = open.shard.samples;
    let position = 0;
    for (const part of documentsIn(open)) {
      parts.push(part);
      position++;
      if (position === count && open.shard.ends_inside) break;
      yield joined(parts);
      parts = [];
    }
  }
  if (parts.length > 0) yield joined(parts);
}

function* documentsIn(open: OpenShard): Generator<StoredItem, void, undefined> {
  const tokens = tokensIn(open, flatTensors.tokens);
  const offsets = open.tensor(flatTensors.offsets) as BigUint64Array;
  const ids = open.tensor(flatTensors.docIds) as BigUint64Array;
  const mask = open.tensor(flatTensors.lossMask);
  for (let i = 0; i < ids.length; i++) {
    const start = Number(offsets[i]);
    const end = Number(offsets[i + 1]);
    const lossMask = mask ? (mask.subarray(start, end) as Uint8Array) : null;
    yield { id: ids[i]!, tokens: tokens.subarray(start, end), segments: null, lossMask };
  }
}

function joined(parts: readonly StoredItem[]): StoredItem {
  const [first] = parts;
  assert(first, "a document has a part");
  if (parts.length === 1) return first;
  const length = parts.reduce((sum, { tokens }) => sum + tokens.length, 0);
  const tokens = newTokens(first.tokens.BYTES_PER_ELEMENT as 2 | 4, length);
  const lossMask = parts.some((part) => part.lossMask) ? new Uint8Array(length).fill(1) : null;
  let at = 0;
  for (const part of parts) {
    tokens.set(part.tokens, at);
    if (part.lossMask) lossMask?.set(part.lossMask, at);
    at += part.tokens.length;
  }
  return { id: first.id, tokens, segments: null, lossMask };
}

function tokensIn(open: OpenShard, name: string): TokenArray {
  const tokens = open.tensor(name);
  assert(tokens instanceof Uint16Array || tokens instanceof Uint32Array, "tokens are u16 or u32");
  return tokens;
}
