/** One line `{"id":…,"vector":[…]}` per row. */
import { NewFile } from "../../core/new-file.ts";
import type { OpenVectorWriter } from "./writer.ts";

/** Significant digits that every float32 needs to come back as it was. */
const DIGITS = 9;

/** The lines of some rows, each with its newline; `vectors` is row-major. */
export function vectorLines(ids: readonly (string | number)[], vectors: Float32Array): string {
  const dimension = vectors.length / Math.max(1, ids.length);
  let text = "";
  ids.forEach((id, row) => {
    const vector = vectors.subarray(row * dimension, (row + 1) * dimension);
    text += `{"id":${JSON.stringify(id)},"vector":[${Array.from(vector, (x) => Number(x.toPrecision(DIGITS)))}]}\n`;
  });
  return text;
}

const open: OpenVectorWriter = async (path) => {
  const file = await NewFile.create(path);
  const encoder = new TextEncoder();
  return {
    write: (ids, vectors) => file.append(encoder.encode(vectorLines(ids, vectors))),
    close: () => file.commit(),
    abort: () => file.discard(),
  };
};
export default open;
