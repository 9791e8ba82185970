/** Arrow's file format with the columns `id` (text) and `vector` (fixed-size list of float32). */

import { arrow } from "../../core/arrow.ts";
import { assert } from "../../core/errors.ts";
import { NewFile } from "../../core/new-file.ts";
import type { OpenVectorWriter } from "./writer.ts";

const open: OpenVectorWriter = async (path, { dimension }) => {
  const { Field, FixedSizeList, Float32, makeData, RecordBatch, RecordBatchFileWriter, Schema, Struct, Utf8 } = arrow();
  const { vectorFromArray } = arrow();
  const file = await NewFile.create(path);
  const list = new FixedSizeList(dimension, new Field("item", new Float32(), false));
  const schema = new Schema([new Field("id", new Utf8(), false), new Field("vector", list, false)]);
  const row = new Struct(schema.fields);
  const writer = new RecordBatchFileWriter();
  writer.reset(undefined, schema);
  const copied = (async () => {
    for await (const bytes of writer) await file.append(bytes);
  })();
  // Its failure reaches the caller at the next write.
  let failed: unknown;
  copied.catch((error: unknown) => {
    failed = error;
  });
  return {
    async write(ids, vectors) {
      assert(vectors.length === ids.length * dimension, "each id has one vector");
      if (failed) throw failed;
      if (ids.length === 0) return;
      const numbers = makeData({ type: new Float32(), length: vectors.length, data: vectors.slice() });
      const children = [
        vectorFromArray(ids.map(String), new Utf8()).data[0]!,
        makeData({ type: list, length: ids.length, child: numbers }),
      ];
      writer.write(new RecordBatch(schema, makeData({ type: row, length: ids.length, children })));
    },
    async close() {
      writer.finish();
      await copied;
      await file.commit();
    },
    async abort() {
      writer.abort();
      await copied.catch(() => {});
      await file.discard();
    },
  };
};
export default open;
