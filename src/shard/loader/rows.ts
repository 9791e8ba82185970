/** Packed shards: every sample is one row, with its segments and its loss mask. */
import { packedTensors } from "../layout.ts";
import { contradicts, type Opened, type SampleReader, type Sink, shardOf, startsOf, tensorOf } from "./samples.ts";
import type { OpenShard, ShardFile, ShardFiles } from "./shard-files.ts";

const slots = [packedTensors.ids, packedTensors.segments] as const;

/** Reads rows. Shards may differ in the width of their rows; then a batch is as wide as its widest row. */
export function packedRows(files: ShardFiles, itemBytes: 2 | 4): SampleReader {
  const starts = startsOf(files.files.map(({ samples }) => samples));
  const widths = Uint32Array.from(files.files, ({ length }) => length ?? 0);
  const equal = widths.every((width) => width === widths[0]);
  const checked = new WeakSet<OpenShard>();
  const shard = (sample: number) => shardOf(starts, sample);

  const openOf = (index: number, opened: Opened): OpenShard => {
    const open = opened.get(index)!;
    if (!checked.has(open)) checkShape(open, files.files[index]!, itemBytes);
    checked.add(open);
    return open;
  };

  /** Rows that follow each other in a shard, to places that follow each other in the batch. */
  const copyRows = (open: OpenShard, width: number, row: number, rows: number, target: number, sink: Sink) => {
    const elements = rows * width;
    for (const slot of slots) {
      const item = slot === packedTensors.ids ? itemBytes : 2;
      sink.copy(slot, open, tensorOf(open, slot).offset + row * width * item, elements * item, target * item);
    }
    const mask = open.tensors.get(packedTensors.lossMask);
    if (mask) sink.copy(packedTensors.lossMask, open, mask.offset + row * width, elements, target);
    else sink.fill(packedTensors.lossMask, 1, target, target + elements);
  };

  return {
    files,
    size: starts.at(-1)!,
    itemBytes,
    length: equal ? (widths[0] ?? 0) : undefined,
    firstShard: shard,
    lastShard: shard,
    lengthOf: (sample) => widths[shard(sample)]!,
    read(samples, from, to, firstRow, length, opened, sink) {
      for (let i = from; i < to; ) {
        const index = shard(samples[i]!);
        const width = widths[index]!;
        let end = i + 1;
        // Rows that are narrower than the batch are padded one by one.
        while (
          width === length &&
          end < to &&
          samples[end] === samples[end - 1]! + 1 &&
          samples[end]! < starts[index + 1]!
        )
          end++;
        const row = samples[i]! - starts[index]!;
        copyRows(openOf(index, opened), width, row, end - i, (firstRow + i - from) * length, sink);
        i = end;
      }
    },
  };
}

function checkShape(open: OpenShard, { samples, length }: ShardFile, itemBytes: number): void {
  const types = { [packedTensors.ids]: itemBytes === 2 ? "U16" : "U32", [packedTensors.segments]: "U16" };
  for (const [name, type] of Object.entries({ ...types, [packedTensors.lossMask]: "U8" })) {
    if (name === packedTensors.lossMask && !open.tensors.has(name)) continue;
    const { dtype, shape } = tensorOf(open, name);
    if (shape[0] === samples && shape[1] === length && dtype === type) continue;
    throw contradicts(open, `its ${name} are ${dtype} [${shape}] where ${type} [${samples},${length}] is expected`);
  }
}
