/** Safetensors with one tensor `vectors`, `[rows, dimension]` float32; ids are not kept. */
import { openMatrixFile, padded } from "./shared/matrix-file.ts";
import type { OpenVectorWriter } from "./writer.ts";

const LENGTH_BYTES = 8;
const TEXT_BYTES = 184;

function header(rows: number, dimension: number): Uint8Array {
  const vectors = { dtype: "F32", shape: [rows, dimension], data_offsets: [0, rows * dimension * 4] };
  const bytes = new Uint8Array(LENGTH_BYTES + TEXT_BYTES);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(TEXT_BYTES), true);
  bytes.set(padded(JSON.stringify({ vectors }), TEXT_BYTES), LENGTH_BYTES);
  return bytes;
}

const open: OpenVectorWriter = (path, options) => openMatrixFile(path, options, header);
export default open;
