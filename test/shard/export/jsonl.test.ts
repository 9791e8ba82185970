import { describeExporter } from "../../contracts/exporter.ts";

interface Row {
  doc_id?: string;
  tokens?: number[];
  input_ids?: number[];
  segment_ids?: number[];
  loss_mask?: number[];
}

describeExporter("jsonl", false, (files, split) => {
  const lines = Buffer.from(files[`${split}.jsonl`]!).toString().split("\n").slice(0, -1);
  return lines.map((line) => {
    const { doc_id: id, tokens, input_ids: ids, segment_ids: segments, loss_mask: lossMask } = JSON.parse(line) as Row;
    return {
      tokens: (tokens ?? ids)!,
      ...(id === undefined ? {} : { id: BigInt(id) }),
      ...(segments ? { segments } : {}),
      ...(lossMask ? { lossMask } : {}),
    };
  });
});
