/** Arrow columns from plain values: one buffer per column, no object per value. */

import { type Arrow, arrow } from "../core/arrow.ts";
import { assert } from "../core/errors.ts";

/** Largest value of a 32-bit offset: the bytes of one text column in one batch. */
const MAX_TEXT_BYTES = 2 ** 31 - 1;

interface Nulls {
  nullCount: number;
  nullBitmap?: Uint8Array;
}

function nullsOf(values: readonly unknown[]): Nulls {
  let nullCount = 0;
  const nullBitmap = new Uint8Array(Math.ceil(values.length / 8));
  for (let i = 0; i < values.length; i++) {
    if (values[i] === null) nullCount++;
    else nullBitmap[i >> 3]! |= 1 << (i & 7);
  }
  return nullCount === 0 ? { nullCount } : { nullCount, nullBitmap };
}

export function textData(values: readonly (string | null)[]): Arrow.Data<Arrow.Utf8> {
  const valueOffsets = new Int32Array(values.length + 1);
  let bytes = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (value) bytes += Buffer.byteLength(value);
    assert(bytes <= MAX_TEXT_BYTES, `a text column of one commit is larger than ${MAX_TEXT_BYTES} bytes`);
    valueOffsets[i + 1] = bytes;
  }
  const data = new Uint8Array(bytes);
  const encoder = new TextEncoder();
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (value) encoder.encodeInto(value, data.subarray(valueOffsets[i], valueOffsets[i + 1]));
  }
  const a = arrow();
  return a.makeData({ type: new a.Utf8(), length: values.length, valueOffsets, data, ...nullsOf(values) });
}

export function integerData(values: readonly (number | null)[]): Arrow.Data<Arrow.Int32> {
  const a = arrow();
  const data = Int32Array.from(values, (value) => value ?? 0);
  return a.makeData({ type: new a.Int32(), length: values.length, data, ...nullsOf(values) });
}

export function booleanData(values: readonly boolean[]): Arrow.Data<Arrow.Bool> {
  const a = arrow();
  const data = new Uint8Array(Math.ceil(values.length / 8));
  for (let i = 0; i < values.length; i++) if (values[i]) data[i >> 3]! |= 1 << (i & 7);
  return a.makeData({ type: new a.Bool(), length: values.length, nullCount: 0, data });
}

export function floatData(values: readonly (number | null)[]): Arrow.Data<Arrow.Float64> {
  const a = arrow();
  const data = Float64Array.from(values, (value) => value ?? 0);
  return a.makeData({ type: new a.Float64(), length: values.length, data, ...nullsOf(values) });
}

/** `values` are milliseconds since the epoch; fractions are rounded. */
export function timeData(values: readonly (number | null)[]): Arrow.Data<Arrow.TimestampMillisecond> {
  const a = arrow();
  const data = BigInt64Array.from(values, (value) => BigInt(Math.round(value ?? 0)));
  return a.makeData({ type: new a.TimestampMillisecond(), length: values.length, data, ...nullsOf(values) });
}

export function textsData(values: readonly (readonly string[] | null)[]): Arrow.Data<Arrow.List<Arrow.Utf8>> {
  const a = arrow();
  const valueOffsets = new Int32Array(values.length + 1);
  for (let i = 0; i < values.length; i++) valueOffsets[i + 1] = valueOffsets[i]! + (values[i]?.length ?? 0);
  const type = new a.List(new a.Field("item", new a.Utf8(), true));
  const child = textData(values.flatMap((value) => value ?? []));
  return a.makeData({ type, length: values.length, valueOffsets, child, ...nullsOf(values) });
}

/**
 * `values` is row-major in the type of the field's list; it becomes the column's buffer as it is.
 * @param waiting 1 for a row that has no vector, whose values count nothing
 */
export function vectorData(
  field: Arrow.Field,
  values: ArrayBufferView & { length: number },
  waiting?: Uint8Array,
): Arrow.Data {
  const a = arrow();
  const type = field.type as Arrow.FixedSizeList;
  const item = type.children[0]!.type as Arrow.Float32;
  const child = a.makeData({ type: item, length: values.length, nullCount: 0, data: values as Float32Array });
  const length = values.length / type.listSize;
  const nulls = waiting ? nullsOf(Array.from(waiting, (row) => (row === 1 ? null : row))) : { nullCount: 0 };
  return a.makeData({ type, length, child, ...nulls });
}

/** The values of a text column; none of a result without rows, which has no columns either. */
export function* textsOf(table: Arrow.Table, name: string): Generator<string> {
  const column = table.getChild(name);
  for (let row = 0; row < table.numRows; row++) yield column!.get(row) as string;
}
