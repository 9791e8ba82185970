/** Small helpers of the faces: places in buffers, and walking through streams. */
import { UsageError } from "../../core/errors.ts";
import { type Json, numberState, readState, type Sample, type StreamNode } from "./sample.ts";

/** A place counted from either end. @throws UsageError when there is none */
export function checkedIndex(index: number, size: number): number {
  const counted = index < 0 ? size + index : index;
  if (Number.isInteger(counted) && counted >= 0 && counted < size) return counted;
  throw new UsageError(`sample ${index} of a buffer of ${size}`);
}

/** @throws UsageError when the state is of a buffer of another size */
export function checkSize(state: Json, size: number): void {
  const saved = numberState("size", readState("size", state).own);
  if (saved !== size) throw new UsageError(`the state is of a buffer of ${saved} samples; this one has ${size}`);
}

export async function* iterate(node: StreamNode): AsyncGenerator<Sample, void, undefined> {
  for (let sample = await node.next(); sample; sample = await node.next()) yield sample;
}

/** All samples that are left of a stream. */
export async function samplesOf(node: StreamNode): Promise<Sample[]> {
  const samples: Sample[] = [];
  for await (const sample of iterate(node)) samples.push(sample);
  return samples;
}
