/** Puts documents one after the other, with their offsets and ids. */
import type { Tensor } from "../formats/format.ts";
import { flatTensors } from "../layout.ts";
import type { ShardPlan } from "../plan/plan.ts";
import { eachPiece } from "./read-pieces.ts";
import type { Scratch } from "./scratch.ts";
import type { Pieces } from "./select.ts";

/** The tensors of a flat shard, in buffers of `scratch`; each piece is a document, or the part of one that it has. */
export function fillFlat(plan: ShardPlan, pieces: Pieces, scratch: Scratch): Tensor[] {
  const { dtype } = plan.set;
  const count = pieces.tokens;
  const [type, bytes] = dtype === "uint16" ? [Uint16Array, 2] : [Uint32Array, 4];
  const tokens = new type(scratch.bytes(count * bytes), 0, count);
  const offsets = new BigUint64Array(pieces.count + 1);
  const docIds = new BigUint64Array(pieces.count);
  const mask = plan.hasLossMask ? new Uint8Array(scratch.bytes(count), 0, count) : undefined;
  let at = 0;
  eachPiece(plan, pieces, (file, piece) => {
    const length = pieces.lengths[piece]!;
    const start = pieces.starts[piece]!;
    file.read(start, length, tokens, at);
    if (mask) file.readLossMask(start, length, mask, at);
    docIds[piece] = file.ids[pieces.documents[piece]!]!;
    at += length;
    offsets[piece + 1] = BigInt(at);
  });
  const tensors: Tensor[] = [
    { name: flatTensors.tokens, dtype: dtype === "uint16" ? "U16" : "U32", shape: [at], data: tokens },
    { name: flatTensors.offsets, dtype: "U64", shape: [offsets.length], data: offsets },
    { name: flatTensors.docIds, dtype: "U64", shape: [docIds.length], data: docIds },
  ];
  if (mask?.includes(0)) tensors.push({ name: flatTensors.lossMask, dtype: "U8", shape: [at], data: mask });
  return tensors;
}
