/** A reader of protocol buffers' wire format: the fields of one message, in order. */

/** A field: varints as numbers (up to 2^53), fixed32 as its bytes, the rest as a view of bytes. */
export interface Field {
  number: number;
  varint: number;
  bytes: Uint8Array;
}

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;
const NO_BYTES = new Uint8Array(0);

/** Throws a `RangeError` where the message is cut off, or has a wire type that protocol buffers do not know. */
export function* fieldsOf(message: Uint8Array): Generator<Field> {
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = message[at++];
      if (byte === undefined || factor > 2 ** 63) throw new RangeError(`a number is cut off at byte ${at - 1}`);
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
  };
  const bytes = (length: number) => {
    if (at + length > message.length) throw new RangeError(`a field of ${length} bytes is cut off at byte ${at}`);
    at += length;
    return message.subarray(at - length, at);
  };
  while (at < message.length) {
    const tag = varint();
    const number = Math.floor(tag / 8);
    const wire = tag % 8;
    if (wire === VARINT) yield { number, varint: varint(), bytes: NO_BYTES };
    else if (wire === BYTES) yield { number, varint: 0, bytes: bytes(varint()) };
    else if (wire === FIXED32 || wire === FIXED64) yield { number, varint: 0, bytes: bytes(wire === FIXED32 ? 4 : 8) };
    else throw new RangeError(`wire type ${wire} at byte ${at} is not known`);
  }
}

/** A `float` field's value. */
export function floatOf({ bytes }: Field): number {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getFloat32(0, true);
}
