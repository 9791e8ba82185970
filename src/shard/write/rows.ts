/** Lays pieces into rows: token ids, segments and, where some tokens are not trained on, the loss mask. */
import { MdpError } from "../../core/errors.ts";
import type { packingNames } from "../config.ts";
import type { Tensor } from "../formats/format.ts";
import { packedTensors } from "../layout.ts";
import { bestFit, type Rows } from "../pack/best-fit.ts";
import type { ShardPlan } from "../plan/plan.ts";
import { eachPiece } from "./read-pieces.ts";
import type { Scratch } from "./scratch.ts";
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

/**
 * The tensors of a packed shard, in buffers of `scratch`.
 *
 * @throws MdpError when a row has more documents than a u16 counts
 */
export function fillRows(
  plan: ShardPlan,
  pieces: Pieces,
  { rows, rowOf }: Rows,
  width: number,
  scratch: Scratch,
): Tensor[] {
  const { dtype } = plan.set;
  const cells = rows * width;
  const ids = dtype === "uint16" ? u16(scratch, cells) : new Uint32Array(scratch.bytes(cells * 4), 0, cells);
  const segments = u16(scratch, cells);
  const mask = plan.hasLossMask ? new Uint8Array(scratch.bytes(cells), 0, cells) : undefined;
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
  const padId = plan.set.pad_id ?? 0;
  for (let row = 0; row < rows; row++) {
    const [from, to] = [row * width + filled[row]!, (row + 1) * width];
    if (from === to) continue;
    ids.fill(padId, from, to);
    segments.fill(0, from, to);
    mask?.fill(0, from, to);
  }
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

function u16(scratch: Scratch, length: number): Uint16Array {
  return new Uint16Array(scratch.bytes(length * 2), 0, length);
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
