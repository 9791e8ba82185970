/** The tensors of two folders of models, compared bit by bit. */
import { expect } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import * as mx from "../../src/mlx/index.ts";

/** Expects the same tensors, whatever file they are in: names, types, shapes and bytes. */
export function expectSameTensors(ours: string, theirs: string): void {
  mx.tidy(() => {
    const [own, expected] = [tensorsOf(ours), tensorsOf(theirs)];
    expect([...own.keys()].sort()).toEqual([...expected.keys()].sort());
    for (const [name, array] of expected) {
      const mine = own.get(name)!;
      expect([name, mine.dtype, ...mine.shape]).toEqual([name, array.dtype, ...array.shape]);
      expect([name, Buffer.compare(bytesOf(mine), bytesOf(array))]).toEqual([name, 0]);
    }
  });
}

/** All tensors of a folder; they belong to the `tidy` around. */
export function tensorsOf(dir: string): Map<string, mx.MlxArray> {
  const files = readdirSync(dir).filter((name) => name.endsWith(".safetensors"));
  return new Map(files.flatMap((name) => [...mx.loadSafetensors(join(dir, name)).tensors]));
}

function bytesOf(array: mx.MlxArray): Uint8Array {
  return new Uint8Array(array.toBytes());
}
