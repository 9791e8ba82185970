/** Lays pieces into rows: token ids, segments and, where some tokens are not trained on, the loss mask. */
import { MdpError } from "../../core/errors.ts";
import type { packingNames } from "../config.ts";
import type { Tensor } from "../formats/format.ts";
import { packedTensors } from "../layout.ts";
import { bestFit, type Rows } from "../pack/best-fit.ts";
import type { ShardPlan } from "../plan/plan.ts";
import { newTokens } from "../staging/token-file.ts";
import { eachPiece } from "./read-pieces.ts";
import type { Pieces } from "./select.ts";

const segmentsMax = 65_535;

/** Which row each piece lies in. */
export function rowsOf(pieces: Pieces, packing: (typeof packingNames)[number], width: number): Rows {
  if (packing === "best-fit") return bestFit(pieces.lengths, width);
  const rowOf = new Uint32Array(pieces.count);
  if (packing !== "concat") return { rows: pieces.count, rowOf: rowOf.map((_, piece) => piece) };
  let tokens = 0;
  for (let piece = 0; piece < pieces.count; piece++) {
    rowOf[piece] = Math.floor(tokens / width);
    tokens += pieces.lengths[piece]!;
  }
  return { rows: Math.ceil(tokens / width), rowOf };
}

/** The tensors of a packed shard. @throws MdpError when a row has more documents than a u16 counts */
export function fillRows(plan: ShardPlan, pieces: Pieces, { rows, rowOf }: Rows, width: number): Tensor[] {
  const { pad_id: padId, dtype } = plan.set;
  const cells = rows * width;
  const ids = newTokens(dtype === "uint16" ? 2 : 4, cells);
  if (padId !== null && padId !== 0 && pieces.tokens < cells) ids.fill(padId);
  const segments = new Uint16Array(cells);
  const mask = plan.hasLossMask ? new Uint8Array(cells) : undefined;
  const filled = new Uint32Array(rows);
  const counts = new Uint32Array(rows);
  eachPiece(plan, pieces, (file, piece) => {
    const row = rowOf[piece]!;
    const cell = row * width + filled[row]!;
    const length = pieces.lengths[piece]!;
    const start = pieces.starts[piece]!;
    const segment = ++counts[row]!;
    if (segment > segmentsMax) throw tooManySegments(width);
    file.read(start, length, ids, cell);
    segments.fill(segment, cell, cell + length);
    if (mask) file.readLossMask(start, length, mask, cell);
    filled[row]! += length;
  });
  const shape = [rows, width];
  const tensors: Tensor[] = [
    { name: packedTensors.ids, dtype: dtype === "uint16" ? "U16" : "U32", shape, data: ids },
    { name: packedTensors.segments, dtype: "U16", shape, data: segments },
  ];
  if (mask && hasSkipped(mask, segments)) {
    tensors.push({ name: packedTensors.lossMask, dtype: "U8", shape, data: mask });
  }
  return tensors;
}

/** Whether a real token is not trained on. */
function hasSkipped(mask: Uint8Array, segments: Uint16Array): boolean {
  for (let cell = 0; cell < mask.length; cell++) if (mask[cell] === 0 && segments[cell] !== 0) return true;
  return false;
}

function tooManySegments(width: number): MdpError {
  return new MdpError({
    code: "too-many-segments",
    message: `a row of ${width} tokens has more than ${segmentsMax} documents`,
    hint: "lower --seq-len, or drop documents of a few tokens",
  });
}
