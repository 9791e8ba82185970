/** What a shard file is: named tensors and a few words about them, in one of several file formats. */

/** I32 only where a format knows no wider offsets: `doc_offsets` in Arrow. */
export type TensorType = "U8" | "U16" | "U32" | "U64" | "I32" | "I64";
export type TensorData = Uint8Array | Uint16Array | Uint32Array | BigUint64Array | Int32Array | BigInt64Array;

export interface Tensor {
  name: string;
  dtype: TensorType;
  /** Row-major; one or two dimensions. */
  shape: readonly number[];
  data: TensorData;
}

/** Where a tensor lies in an uncompressed file, so that it can be mapped. */
export interface TensorPlace {
  name: string;
  dtype: TensorType;
  shape: readonly number[];
  /** Byte offset in the file, a multiple of the element's size. */
  offset: number;
  bytes: number;
}

export interface ShardContents {
  metadata: Readonly<Record<string, string>>;
  /** Sorted by name. */
  tensors: readonly TensorPlace[];
}

export interface ShardFormat {
  readonly name: string;
  /** With its dot, e.g. `.safetensors`. */
  readonly extension: string;
  /** The whole file in parts, deterministic: the same tensors give the same bytes, whatever their order. */
  encode(tensors: readonly Tensor[], metadata: Readonly<Record<string, string>>): Iterable<Uint8Array>;
  /**
   * What lies where in a file of `size` bytes; `read` gives any part of it.
   *
   * @throws MdpError when the file is not of this format or is damaged
   */
  decode(size: number, read: (offset: number, bytes: number) => Uint8Array): ShardContents;
}
