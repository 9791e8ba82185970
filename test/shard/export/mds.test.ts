import { describeExporter, type ReadItem } from "../../contracts/exporter.ts";

interface Shard {
  column_names: string[];
  column_encodings: string[];
  column_sizes: (number | null)[];
  raw_data: { basename: string };
  samples: number;
}

describeExporter("mds", true, (files, split) => {
  const { shards } = JSON.parse(Buffer.from(files[`${split}/index.json`]!).toString()) as { shards: Shard[] };
  return shards.flatMap((shard) => {
    const file = Buffer.from(files[`${split}/${shard.raw_data.basename}`]!);
    return Array.from({ length: shard.samples }, (_, i) => {
      const [start, end] = [file.readUInt32LE(4 + 4 * i), file.readUInt32LE(8 + 4 * i)];
      return sampleOf(shard, file.subarray(start, end));
    });
  });
});

/** One sample: sizes of the columns without one, then the columns. */
function sampleOf({ column_names: names, column_encodings: encodings, column_sizes: fixed }: Shard, bytes: Buffer) {
  const item: ReadItem = { tokens: [] };
  let size = 0;
  let at = 4 * fixed.filter((bytes) => bytes === null).length;
  for (const [column, name] of names.entries()) {
    const length = fixed[column] ?? bytes.readUInt32LE(4 * size++);
    const part = bytes.subarray(at, at + length);
    at += length;
    if (name === "doc_id") item.id = part.readBigUInt64LE();
    else {
      const [, type, shape] = encodings[column]!.split(":");
      // A dimension and the bytes that it takes, then the dimension, then the numbers.
      const header = shape === undefined ? 1 + 2 ** (part[0]! & 3) : 0;
      const numbers = numbersOf(part.subarray(header), Number(type!.slice(4)) / 8);
      if (name === "segment_ids") item.segments = numbers;
      else if (name === "loss_mask") item.lossMask = numbers;
      else item.tokens = numbers;
    }
  }
  return item;
}

function numbersOf(bytes: Buffer, size: number): number[] {
  return Array.from({ length: bytes.length / size }, (_, i) => bytes.readUIntLE(i * size, size));
}
