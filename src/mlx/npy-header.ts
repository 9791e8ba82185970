/** The header of an npy file, checked before MLX reads it: a shape that the file does not fill would end the process. */
import { damaged, withFile } from "./file-bytes.ts";

const magic = Buffer.from([0x93, ...Buffer.from("NUMPY")]);

/** The element types that MLX reads, and their bytes. */
const itemSizes: Readonly<Record<string, number>> = {
  "|b1": 1,
  "|u1": 1,
  "|i1": 1,
  "<u2": 2,
  "<u4": 4,
  "<u8": 8,
  "<i2": 2,
  "<i4": 4,
  "<i8": 8,
  "<f2": 2,
  "<f4": 4,
  "<f8": 8,
  "<c8": 8,
};

/** Throws an `MlxError` that says what is wrong with the file, if anything is. */
export function checkNpy(path: string): void {
  withFile("load", path, (file) => {
    const prefix = file.read(0, 12);
    const version = prefix[6];
    if (prefix.length < 12 || !prefix.subarray(0, 6).equals(magic) || !version || version > 3) {
      throw damaged("load", "npy", path, "it does not begin like one");
    }
    const start = version === 1 ? 10 : 12;
    const length = version === 1 ? prefix.readUInt16LE(8) : prefix.readUInt32LE(8);
    const text = file.read(start, length).toString("latin1");
    const fields =
      /^\{'descr': '([^'%]*)', 'fortran_order': (?:True|False), 'shape': \(((?:\d{1,15}, ?)*(?:\d{1,15})?)\),? *\}\s*$/.exec(
        text,
      );
    if (!fields) throw damaged("load", "npy", path, "its header cannot be read");
    const [, type, sizes] = fields;
    const itemSize = itemSizes[type!];
    if (itemSize === undefined)
      throw damaged("load", "npy", path, `its element type ${type} is not one that MLX reads`);
    const shape = sizes!.split(",").filter((n) => n.trim() !== "");
    const bytes = shape.reduce((product, n) => product * Number(n), itemSize);
    const held = file.size - start - length;
    if (bytes > held) throw damaged("load", "npy", path, `shape (${sizes}) takes ${bytes} bytes, it holds ${held}`);
  });
}
