import { describeExporter } from "../../contracts/exporter.ts";

describeExporter("megatron", false, (files, split) => {
  const index = Buffer.from(files[`${split}.idx`]!);
  const tokens = Buffer.from(files[`${split}.bin`]!);
  const count = Number(index.readBigUInt64LE(18));
  return Array.from({ length: count }, (_, i) => {
    const length = index.readInt32LE(34 + 4 * i);
    const start = Number(index.readBigInt64LE(34 + 4 * count + 8 * i));
    return { tokens: Array.from({ length }, (_, k) => tokens.readInt32LE(start + 4 * k)) };
  });
});
