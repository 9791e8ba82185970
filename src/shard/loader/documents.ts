/** Flat shards read as documents: every sample is one document (or the part of one that a shard has), as long as it is. */
import { flatShards } from "./flat.ts";
import { type SampleReader, shardOf, startsOf } from "./samples.ts";
import type { ShardFiles } from "./shard-files.ts";

/** Reads documents; rows are as wide as the longest document of the batch. */
export function documents(files: ShardFiles, itemBytes: 2 | 4): SampleReader {
  const starts = startsOf(files.files.map(({ samples }) => samples));
  const shard = (sample: number) => shardOf(starts, sample);
  const flat = flatShards(files.files, itemBytes);
  return {
    files,
    size: starts.at(-1)!,
    itemBytes,
    length: undefined,
    firstShard: shard,
    lastShard: shard,
    lengthOf(sample, opened) {
      const index = shard(sample);
      const offsets = flat.offsetsOf(index, opened.get(index)!);
      const document = sample - starts[index]!;
      return offsets[document + 1]! - offsets[document]!;
    },
    read(samples, from, to, firstRow, length, opened, sink) {
      for (let i = from; i < to; i++) {
        const index = shard(samples[i]!);
        const open = opened.get(index)!;
        const offsets = flat.offsetsOf(index, open);
        const document = samples[i]! - starts[index]!;
        const size = offsets[document + 1]! - offsets[document]!;
        const target = (firstRow + i - from) * length;
        flat.copy(open, offsets[document]!, size, target, sink);
        sink.fill("segment_ids", 1, target, target + size);
      }
    },
  };
}
