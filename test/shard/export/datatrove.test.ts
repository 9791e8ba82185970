import { describeExporter } from "../../contracts/exporter.ts";

describeExporter("datatrove", false, (files, split) => {
  const bytes = (name: string) => Uint8Array.from(files[`${split}.ds${name}`]!).buffer;
  const tokens = new Uint32Array(bytes(""));
  const ends = [...new BigUint64Array(bytes(".index"))].map(Number);
  const loss = files[`${split}.ds.loss`];
  return ends.map((end, i) => {
    const start = i === 0 ? 0 : ends[i - 1]!;
    return { tokens: [...tokens.subarray(start, end)], ...(loss ? { lossMask: [...loss.subarray(start, end)] } : {}) };
  });
});
