/** Arrays in NumPy's file format. */
import { MdpError } from "../../core/errors.ts";
import type { NdArray, Numbers } from "./array.ts";

const readers: Readonly<Record<string, (view: DataView, at: number) => number>> = {
  "|b1": (view, at) => view.getUint8(at),
  "|u1": (view, at) => view.getUint8(at),
  "|i1": (view, at) => view.getInt8(at),
  "<u2": (view, at) => view.getUint16(at, true),
  "<i2": (view, at) => view.getInt16(at, true),
  "<u4": (view, at) => view.getUint32(at, true),
  "<i4": (view, at) => view.getInt32(at, true),
  "<u8": (view, at) => Number(view.getBigUint64(at, true)),
  "<i8": (view, at) => Number(view.getBigInt64(at, true)),
  "<f4": (view, at) => view.getFloat32(at, true),
  "<f8": (view, at) => view.getFloat64(at, true),
};

const types: Readonly<Record<string, new (length: number) => Numbers>> = {
  "|b1": Uint8Array,
  "|u1": Uint8Array,
  "|i1": Int8Array,
  "<u2": Uint16Array,
  "<i2": Int16Array,
  "<u4": Uint32Array,
  "<i4": Int32Array,
  // 64-bit integers as doubles, which hold them exactly up to 2⁵³.
  "<u8": Float64Array,
  "<i8": Float64Array,
  "<f4": Float32Array,
  "<f8": Float64Array,
};

/** @throws MdpError naming the file when it is no npy, or of an element type that is not numbers */
export function parseNpy(bytes: Uint8Array, where: string): NdArray {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const isNpy = bytes.length >= 12 && bytes[0] === 0x93 && Buffer.from(bytes.subarray(1, 6)).toString() === "NUMPY";
  if (!isNpy) throw unreadable(where, "it does not begin like one");
  const isFirst = bytes[6] === 1;
  const start = isFirst ? 10 : 12;
  const end = start + (isFirst ? view.getUint16(8, true) : view.getUint32(8, true));
  const header = Buffer.from(bytes.subarray(start, end)).toString("latin1");
  const type = /'descr': *'([^']*)'/.exec(header)?.[1] ?? "";
  const shapeText = /'shape': *\(([^)]*)\)/.exec(header)?.[1];
  if (shapeText === undefined) throw unreadable(where, "its header has no shape");
  const read = Object.hasOwn(readers, type) ? readers[type]! : undefined;
  if (!read) throw unreadable(where, `its elements are "${type}"`);
  const shape = shapeText
    .split(",")
    .filter((part) => part.trim() !== "")
    .map(Number);
  const data = new types[type]!(shape.reduce((product, n) => product * n, 1));
  const item = Number(type.slice(2));
  if (end + data.length * item > bytes.length) throw unreadable(where, "it ends early");
  for (let i = 0; i < data.length; i++) data[i] = read(view, end + i * item);
  const isFortran = /'fortran_order': *True/.test(header);
  return isFortran ? rowMajor(data, shape) : { shape, data };
}

/** Elements in Fortran's order, columns first, put into rows. */
function rowMajor(data: Numbers, shape: readonly number[]): NdArray {
  const target = data.slice();
  const index = shape.map(() => 0);
  for (let i = 0; i < data.length; i++) {
    const place = index.reduce((sum, n, dim) => sum * shape[dim]! + n, 0);
    target[place] = data[i]!;
    for (let dim = 0; dim < shape.length; dim++) {
      if (++index[dim]! < shape[dim]!) break;
      index[dim] = 0;
    }
  }
  return { shape, data: target };
}

function unreadable(where: string, reason: string): MdpError {
  return new MdpError({
    code: "npy-unreadable",
    message: `this is no npy file of numbers: ${reason}`,
    where,
    hint: "write it with numpy.save from an array of integers or floats",
  });
}
