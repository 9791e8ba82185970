/** NumPy's format, version 1.0: `[rows, dimension]` float32; ids are not kept. */
import { openMatrixFile, padded } from "./shared/matrix-file.ts";
import type { OpenVectorWriter } from "./writer.ts";

/** The data starts at a multiple of 64. */
const HEADER_BYTES = 128;
const PREFIX = [0x93, ...Buffer.from("NUMPY"), 1, 0];

function header(rows: number, dimension: number): Uint8Array {
  const length = HEADER_BYTES - PREFIX.length - 2;
  const text = `{'descr': '<f4', 'fortran_order': False, 'shape': (${rows}, ${dimension}), }`;
  return Uint8Array.from([...PREFIX, length & 0xff, length >> 8, ...padded(text, length - 1), 0x0a]);
}

const open: OpenVectorWriter = (path, options) => openMatrixFile(path, options, header);
export default open;
