/** Flat shards read as windows: all tokens of all shards in one line, cut into rows of equal length. */
import { flatShards } from "./flat.ts";
import { type Opened, type SampleReader, type Sink, shardOf, startsOf } from "./samples.ts";
import type { ShardFiles } from "./shard-files.ts";

/**
 * Rows of `length` tokens; each begins with the last `overlap` tokens of the one before, so that with 1 no target of
 * next-token prediction is lost. No token is left out: the last row is padded. Segments count the documents of a row
 * from 1.
 */
export function windows(files: ShardFiles, itemBytes: 2 | 4, length: number, overlap: number): SampleReader {
  const starts = startsOf(files.files.map(({ tokens }) => tokens));
  const total = starts.at(-1)!;
  const stride = length - overlap;
  const flat = flatShards(files.files, itemBytes);
  const endOf = (sample: number) => Math.min(sample * stride + length, total);

  /** Calls `visit` for the part of tokens `[begin, end)` that each shard holds. */
  const eachShard = (begin: number, end: number, visit: (index: number, from: number, to: number) => void) => {
    for (let at = begin; at < end; ) {
      const index = shardOf(starts, at);
      const stop = Math.min(end, starts[index + 1]!);
      visit(index, at - starts[index]!, stop - starts[index]!);
      at = stop;
    }
  };

  const markSegments = (sample: number, target: number, opened: Opened, sink: Sink) => {
    let segment = 0;
    let element = target;
    eachShard(sample * stride, endOf(sample), (index, from, to) => {
      const offsets = flat.offsetsOf(index, opened.get(index)!);
      let document = shardOf(offsets, from);
      // A document that goes on from the shard before keeps its number.
      if (!(segment > 0 && document === 0 && files.files[index]!.beginsInside)) segment++;
      for (let at = from; at < to; document++) {
        const stop = Math.min(to, offsets[document + 1]!);
        if (stop === at) continue;
        if (at > from) segment++;
        sink.fill("segment_ids", segment, element, element + stop - at);
        element += stop - at;
        at = stop;
      }
    });
  };

  return {
    files,
    size: total === 0 ? 0 : Math.max(1, Math.ceil((total - overlap) / stride)),
    itemBytes,
    length,
    firstShard: (sample) => shardOf(starts, sample * stride),
    lastShard: (sample) => shardOf(starts, endOf(sample) - 1),
    lengthOf: (sample) => endOf(sample) - sample * stride,
    read(samples, from, to, firstRow, _, opened, sink) {
      for (let i = from; i < to; ) {
        let end = i + 1;
        // Neighbours without overlap are one stretch.
        while (overlap === 0 && end < to && samples[end] === samples[end - 1]! + 1) end++;
        let target = (firstRow + i - from) * length;
        eachShard(samples[i]! * stride, endOf(samples[end - 1]!), (index, start, stop) => {
          const open = opened.get(index)!;
          flat.offsetsOf(index, open);
          flat.copy(open, start, stop - start, target, sink);
          target += stop - start;
        });
        for (let j = i; j < end; j++) markSegments(samples[j]!, (firstRow + j - from) * length, opened, sink);
        i = end;
      }
    },
  };
}
