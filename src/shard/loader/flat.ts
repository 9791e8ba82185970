/** Flat shards: where documents begin and end, and how a stretch of tokens is copied. */
import { flatTensors } from "../layout.ts";
import { contradicts, type Sink, tensorOf } from "./samples.ts";
import type { OpenShard, ShardFile } from "./shard-files.ts";

export interface FlatShards {
  /** For an open shard: the token at which each document starts, and the end of the last: `samples + 1` numbers. */
  offsetsOf(index: number, shard: OpenShard): Uint32Array;
  /** Copies `count` tokens of a shard, with their loss mask, to element `target` of the batch. */
  copy(shard: OpenShard, start: number, count: number, target: number, sink: Sink): void;
}

export function flatShards(files: readonly ShardFile[], itemBytes: 2 | 4): FlatShards {
  const known = new WeakMap<OpenShard, Uint32Array>();
  return {
    offsetsOf(index, shard) {
      const ready = known.get(shard);
      if (ready) return ready;
      const offsets = readOffsets(shard);
      checkOffsets(files[index]!, shard, offsets, itemBytes);
      known.set(shard, offsets);
      return offsets;
    },
    copy(shard, start, count, target, sink) {
      if (count === 0) return;
      const from = tensorOf(shard, flatTensors.tokens).offset + start * itemBytes;
      sink.copy("input_ids", shard, from, count * itemBytes, target * itemBytes);
      const mask = shard.tensors.get(flatTensors.lossMask);
      if (mask) sink.copy("loss_mask", shard, mask.offset + start, count, target);
      else sink.fill("loss_mask", 1, target, target + count);
    },
  };
}

/** Offsets as 32-bit numbers, which are enough for any shard and take half the memory. */
function readOffsets(shard: OpenShard): Uint32Array {
  const { dtype, offset, bytes } = tensorOf(shard, flatTensors.offsets);
  const start = shard.bytes.byteOffset + offset;
  const { buffer } = shard.bytes;
  if (dtype === "I32") return Uint32Array.from(new Int32Array(buffer, start, bytes / 4));
  // 64-bit numbers as pairs of halves, which is many times faster than through BigInt.
  const halves = new Uint32Array(buffer, start, bytes / 4);
  const offsets = new Uint32Array(bytes / 8);
  for (let i = 0; i < offsets.length; i++) {
    if (halves[2 * i + 1] !== 0) throw contradicts(shard, `its document ${i} begins beyond token ${2 ** 32}`);
    offsets[i] = halves[2 * i]!;
  }
  return offsets;
}

function checkOffsets(file: ShardFile, shard: OpenShard, offsets: Uint32Array, itemBytes: number): void {
  const { dtype, shape } = tensorOf(shard, flatTensors.tokens);
  const type = itemBytes === 2 ? "U16" : "U32";
  if (dtype !== type) throw contradicts(shard, `its tokens are ${dtype} where ${type} is expected`);
  if (shape[0] !== file.tokens) throw contradicts(shard, `it has ${shape[0]} tokens where ${file.tokens} are expected`);
  if (offsets.length !== file.samples + 1) {
    throw contradicts(shard, `it has ${offsets.length - 1} documents where ${file.samples} are expected`);
  }
  for (let i = 0; i < file.samples; i++) {
    if (offsets[i]! <= offsets[i + 1]!) continue;
    throw contradicts(shard, `its document ${i} ends at token ${offsets[i + 1]}, before it starts (${offsets[i]})`);
  }
  if (offsets[0] !== 0 || offsets[file.samples] !== file.tokens) {
    throw contradicts(shard, `its documents reach from token ${offsets[0]} to ${offsets[file.samples]}`);
  }
}
