/** Tensors that follow from the segments of a batch: which places hold tokens, and where in its document each stands. */

export const derivedNames = ["attention_mask", "position_ids"] as const;
export type DerivedName = (typeof derivedNames)[number];

/** `[rows, length]`: 1 where a token stands, 0 on padding, which comes last in a row (segment 0). */
export function attentionMask(segments: Uint16Array, rows: number, length: number): Uint8Array {
  const mask = new Uint8Array(rows * length);
  for (let row = 0; row < rows; row++) {
    const end = tokensEnd(segments.subarray(row * length, (row + 1) * length));
    mask.fill(1, row * length, row * length + end);
  }
  return mask;
}

/** `[rows, length]`: counts from 0 in each segment (numbered 1, 2, … along the row); 0 on padding. */
export function positionIds(segments: Uint16Array, rows: number, length: number): Uint32Array {
  const positions = new Uint32Array(rows * length);
  const counting = countingUpTo(length);
  for (let row = 0; row < rows; row++) {
    const own = segments.subarray(row * length, (row + 1) * length);
    const end = tokensEnd(own);
    for (let start = 0; start < end; ) {
      const next = own.indexOf(own[start]! + 1, start);
      const stop = next === -1 ? end : next;
      positions.set(counting.subarray(0, stop - start), row * length + start);
      start = stop;
    }
  }
  return positions;
}

function tokensEnd(segments: Uint16Array): number {
  const padding = segments.indexOf(0);
  return padding === -1 ? segments.length : padding;
}

let counted = new Uint32Array(0);

/** 0, 1, 2, …, at least `length` numbers; made once. */
function countingUpTo(length: number): Uint32Array {
  if (counted.length < length) counted = Uint32Array.from({ length }, (_, index) => index);
  return counted;
}
