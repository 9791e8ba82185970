/** What the first two messages of an Arrow file say: the schema with its metadata, and where the buffers lie. */
import type { TensorPlace, TensorType } from "../format.ts";
import { FlatTable } from "./flatbuffer.ts";
import { damaged, itemBytes, viewOf } from "./tensors.ts";

/** Numbers of fields and codes in Arrow's Message.fbs and Schema.fbs. */
const message = { headerType: 1, header: 2 } as const;
const headerTypes = { schema: 1, recordBatch: 3 } as const;
const schema = { fields: 1, metadata: 2 } as const;
const fieldOf = { name: 0, typeCode: 2, type: 3, children: 5 } as const;
const typeCodes = { int: 2, list: 12, fixedSizeList: 16 } as const;
const intOf = { bits: 0, signed: 1 } as const;
const batch = { nodes: 1, buffers: 2, compression: 3 } as const;

export type Part = (offset: number, bytes: number) => Uint8Array;

/** @throws MdpError when the file is damaged or has what shards have not: nulls, compressed or several batches' columns */
export function readMessages(
  start: number,
  part: Part,
  offsetsName: string,
): { metadata: Record<string, string>; tensors: TensorPlace[] } {
  try {
    const first = messageAt(start, part, headerTypes.schema);
    const second = messageAt(first.end, part, headerTypes.recordBatch);
    const pairs = first.table.tables(schema.metadata).map((pair) => [pair.text(0), pair.text(1)] as const);
    const columns = new Columns(second.table, second.end, offsetsName);
    for (const field of first.table.tables(schema.fields)) columns.add(field);
    return { metadata: Object.fromEntries(pairs), tensors: columns.tensors };
  } catch (cause) {
    throw cause instanceof RangeError ? damaged("arrow", "a message is damaged", cause) : cause;
  }
}

/** The header of a message; `end` is where its body begins, or the next message when it has none. */
function messageAt(offset: number, part: Part, type: number): { table: FlatTable; end: number } {
  const prefix = viewOf(part(offset, 8));
  const length = prefix.getInt32(4, true);
  if (prefix.getUint32(0, true) !== 0xffff_ffff || length <= 0) throw damaged("arrow", "a message is damaged");
  const table = FlatTable.root(part(offset + 8, length));
  if (table.uint8(message.headerType) !== type) throw damaged("arrow", "it has other messages than a shard");
  return { table: table.table(message.header), end: offset + 8 + length };
}

/** Walks columns beside the lists of nodes (lengths) and buffers (validity, then offsets of lists, then numbers). */
class Columns {
  readonly tensors: TensorPlace[] = [];
  readonly #nodes: [number, number][];
  readonly #buffers: [number, number][];
  readonly #base: number;
  readonly #offsetsName: string;
  #node = 0;
  #buffer = 0;

  constructor(table: FlatTable, base: number, offsetsName: string) {
    if (table.has(batch.compression)) throw damaged("arrow", "its buffers are compressed");
    this.#nodes = table.pairs(batch.nodes);
    this.#buffers = table.pairs(batch.buffers);
    this.#base = base;
    this.#offsetsName = offsetsName;
  }

  add(field: FlatTable): void {
    const name = field.text(fieldOf.name);
    const code = field.uint8(fieldOf.typeCode);
    const rows = this.#rows(name);
    if (code === typeCodes.int) {
      this.#take(name, typeOf(name, field), [rows]);
      return;
    }
    const [child] = field.tables(fieldOf.children);
    if (!child || (code !== typeCodes.list && code !== typeCodes.fixedSizeList)) throw otherType(name);
    if (code === typeCodes.fixedSizeList) {
      this.#rows(name);
      this.#take(name, typeOf(name, child), [rows, field.table(fieldOf.type).int32(0)]);
      return;
    }
    this.#take(this.#offsetsName, "I32", [rows + 1]);
    // Every list column of a shard has the same offsets.
    if (this.tensors.filter((tensor) => tensor.name === this.#offsetsName).length > 1) this.tensors.pop();
    this.#take(name, typeOf(name, child), [this.#rows(name)]);
  }

  /** The length of the next node, past its buffer of validity. */
  #rows(name: string): number {
    const [length, nulls] = this.#nodes[this.#node++] ?? [0, 1];
    if (nulls !== 0) throw damaged("arrow", `the column "${name}" has nulls or is cut`);
    this.#buffer++;
    return length;
  }

  #take(name: string, dtype: TensorType, shape: number[]): void {
    const [offset, length] = this.#buffers[this.#buffer++] ?? [0, -1];
    const bytes = shape.reduce((product, n) => product * n, itemBytes[dtype]);
    if (length < bytes) throw damaged("arrow", `the column "${name}" is cut`);
    this.tensors.push({ name, dtype, shape, offset: this.#base + offset, bytes });
  }
}

function typeOf(name: string, field: FlatTable): TensorType {
  if (field.uint8(fieldOf.typeCode) !== typeCodes.int) throw otherType(name);
  const type = field.table(fieldOf.type);
  const found = `${type.uint8(intOf.signed) ? "I" : "U"}${type.int32(intOf.bits)}`;
  if (!Object.hasOwn(itemBytes, found)) throw otherType(name);
  return found as TensorType;
}

function otherType(name: string) {
  return damaged("arrow", `the column "${name}" has another type than a shard's`);
}
