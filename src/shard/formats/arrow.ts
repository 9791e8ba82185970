/**
 * Arrow's IPC file format, one record batch. Rows of a matrix are fixed-size lists; of flat shards each row is a
 * document: `tokens` are lists whose offsets are `doc_offsets`.
 */
import { type Arrow, arrow } from "../../core/arrow.ts";
import { assert, MdpError } from "../../core/errors.ts";
import type { ShardFormat, Tensor, TensorType } from "./format.ts";
import { readMessages } from "./shared/arrow-messages.ts";
import { checkedContents, damaged, inFileOrder, rawBytes, readPart, sortedEntries } from "./shared/tensors.ts";

const offsetsName = "doc_offsets";
/** Flat tensors with one element per token. */
const perToken = new Set(["tokens", "loss_mask"]);
const magicBytes = 8;
const offsetMax = 0x7fff_ffff;

const arrowFormat: ShardFormat = {
  name: "arrow",
  extension: ".arrow",

  encode(tensors, metadata) {
    const { makeData, RecordBatch, Schema, Struct } = arrow();
    const offsets = tensors.find(({ name }) => name === offsetsName);
    const ends = offsets && narrowOffsets(offsets);
    const columns = inFileOrder(tensors.filter((tensor) => tensor !== offsets)).map((tensor) => column(tensor, ends));
    const schema = new Schema(
      columns.map(({ field }) => field),
      new Map(sortedEntries(metadata)),
    );
    const length = columns[0]?.data.length ?? 0;
    assert(
      columns.every(({ data }) => data.length === length),
      "the columns have equal lengths",
    );
    const children = columns.map(({ data }) => data);
    return fileParts(new RecordBatch(schema, makeData({ type: new Struct(schema.fields), length, children })));
  },

  decode(size, read) {
    const part = (offset: number, bytes: number) => readPart("arrow", size, read, offset, bytes);
    const isMagic = (bytes: Uint8Array) => Buffer.from(bytes).toString("latin1") === "ARROW1";
    if (size < 32 || !isMagic(part(0, 6)) || !isMagic(part(size - 6, 6))) {
      throw damaged("arrow", "it does not begin and end like one");
    }
    const { metadata, tensors } = readMessages(magicBytes, part, offsetsName);
    return checkedContents("arrow", size, metadata, tensors);
  },
};
export default arrowFormat;

/** The file's parts, not copied. The library's own writer leaves out the schema that the format wants in front. */
function fileParts(batch: Arrow.RecordBatch): Uint8Array[] {
  const { Message, RecordBatchFileWriter } = arrow();
  const parts: Uint8Array[] = [];
  class Writer extends RecordBatchFileWriter {
    protected override _writeSchema(schema: Arrow.Schema): this {
      return super._writeSchema(schema)._writeMessage(Message.from(schema as never) as never);
    }
    protected override _write(chunk: ArrayBufferView): this {
      if (chunk.byteLength > 0) parts.push(rawBytes(chunk));
      this._position += chunk.byteLength;
      return this;
    }
  }
  const writer = new Writer();
  writer.write(batch);
  writer.finish();
  return parts;
}

function column(tensor: Tensor, ends: Int32Array | undefined): { field: Arrow.Field; data: Arrow.Data } {
  const { Field, FixedSizeList, List, makeData } = arrow();
  const { name, dtype, shape } = tensor;
  const type = elementType(dtype);
  const numbers = makeData({ type, length: tensor.data.length, data: tensor.data as never }) as Arrow.Data;
  const item = new Field("item", type, false);
  if (shape.length === 2) {
    const list = new FixedSizeList(shape[1]!, item);
    return {
      field: new Field(name, list, false),
      data: makeData({ type: list, length: shape[0]!, child: numbers as never }),
    };
  }
  if (!ends || !perToken.has(name)) return { field: new Field(name, type, false), data: numbers };
  const list = new List(item);
  const data = makeData({ type: list, length: ends.length - 1, valueOffsets: ends, child: numbers as never });
  return { field: new Field(name, list, false), data };
}

function elementType(dtype: TensorType): Arrow.Int {
  const { Int32, Int64, Uint16, Uint32, Uint64, Uint8 } = arrow();
  const types = { U8: Uint8, U16: Uint16, U32: Uint32, U64: Uint64, I32: Int32, I64: Int64 };
  return new types[dtype]();
}

/** Arrow's lists have 32-bit offsets. */
function narrowOffsets(tensor: Tensor): Int32Array {
  const last = tensor.data.at(-1) ?? 0;
  if (last > offsetMax) {
    throw new MdpError({
      code: "shard-too-large",
      message: `an arrow shard holds at most ${offsetMax} tokens, this one would have ${last}`,
      hint: "lower --max-tokens-per-shard, or use --format safetensors",
    });
  }
  return Int32Array.from(tensor.data as Iterable<number | bigint>, Number);
}
