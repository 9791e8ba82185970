/** Files of one float32 matrix behind a header that tells the number of rows, known only at the end. */
import { assert } from "../../../core/errors.ts";
import { bytesOf, NewFile } from "../../../core/new-file.ts";
import type { VectorWriter, VectorWriterOptions } from "../writer.ts";

/** Header of a matrix; it always has the same length, so that it can be replaced at the end. */
export type MatrixHeader = (rows: number, dimension: number) => Uint8Array;

export async function openMatrixFile(
  path: string,
  { dimension }: VectorWriterOptions,
  header: MatrixHeader,
): Promise<VectorWriter> {
  const file = await NewFile.create(path);
  let rows = 0;
  await file.append(header(0, dimension));
  return {
    async write(ids, vectors) {
      assert(vectors.length === ids.length * dimension, "each id has one vector");
      rows += ids.length;
      await file.append(bytesOf(vectors));
    },
    async close() {
      await file.overwrite(header(rows, dimension), 0);
      await file.commit();
    },
    abort: () => file.discard(),
  };
}

/** ASCII text, filled up with spaces to a length. */
export function padded(text: string, length: number): Uint8Array {
  assert(text.length <= length, "the header fits its place");
  return new TextEncoder().encode(text.padEnd(length));
}
