import { parquetReadObjects } from "hyparquet";
import { describeExporter } from "../../contracts/exporter.ts";

interface Row {
  doc_id?: bigint;
  tokens?: number[];
  input_ids?: number[];
  segment_ids?: number[];
  loss_mask?: number[];
}

describeExporter("parquet", false, async (files, split) => {
  const file = Uint8Array.from(files[`${split}.parquet`]!).buffer;
  const rows = (await parquetReadObjects({ file })) as Row[];
  return rows.map(({ doc_id: id, tokens, input_ids: ids, segment_ids: segments, loss_mask: lossMask }) => ({
    tokens: (tokens ?? ids)!,
    ...(id === undefined ? {} : { id }),
    ...(segments ? { segments } : {}),
    ...(lossMask ? { lossMask } : {}),
  }));
});
