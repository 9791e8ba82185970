/** Puts documents one after the other, with their offsets and ids. */
import type { Tensor } from "../formats/format.ts";
import { flatTensors } from "../layout.ts";
import type { ShardPlan } from "../plan/plan.ts";
import { newTokens } from "../staging/token-file.ts";
import { eachPiece } from "./read-pieces.ts";
import type { Pieces } from "./select.ts";

/** The tensors of a flat shard; each piece is a document, or the part of one that the shard has. */
export function fillFlat(plan: ShardPlan, pieces: Pieces): Tensor[] {
  const { dtype } = plan.set;
  const tokens = newTokens(dtype === "uint16" ? 2 : 4, pieces.tokens);
  const offsets = new BigUint64Array(pieces.count + 1);
  const docIds = new BigUint64Array(pieces.count);
  const mask = plan.hasLossMask ? new Uint8Array(pieces.tokens) : undefined;
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
