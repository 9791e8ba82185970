/** What every shard format keeps: run by each format's own test. */
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import fc from "fast-check";
import { MdpError } from "../../src/core/errors.ts";
import type { ShardFormat, Tensor, TensorType } from "../../src/shard/formats/format.ts";
import { shardFormats } from "../../src/shard/formats/index.ts";
import { itemBytes, viewTensor } from "../../src/shard/formats/shared/tensors.ts";
import { python } from "../support/peers.ts";
import { temporaryFolder } from "../support/shards.ts";

const numpyTypes: Partial<Record<TensorType, string>> = { U8: "uint8", U16: "uint16", U32: "uint32", U64: "uint64" };

/** Values at the ends of each type. */
export const packedTensors: Tensor[] = [
  { name: "input_ids", dtype: "U32", shape: [3, 2], data: Uint32Array.of(0, 65_536, 4_294_967_295, 1, 2, 3) },
  { name: "loss_mask", dtype: "U8", shape: [3, 2], data: Uint8Array.of(1, 0, 255, 1, 0, 1) },
  { name: "segment_ids", dtype: "U16", shape: [3, 2], data: Uint16Array.of(1, 65_535, 1, 2, 1, 0) },
];

/** Three documents, one of them empty. */
export const flatTensors: Tensor[] = [
  { name: "doc_ids", dtype: "U64", shape: [3], data: BigUint64Array.of(0n, 2n ** 63n, 2n ** 64n - 1n) },
  { name: "doc_offsets", dtype: "U64", shape: [4], data: BigUint64Array.of(0n, 2n, 2n, 5n) },
  { name: "loss_mask", dtype: "U8", shape: [5], data: Uint8Array.of(1, 1, 0, 1, 1) },
  { name: "tokens", dtype: "U16", shape: [5], data: Uint16Array.of(0, 65_535, 7, 8, 9) },
];

const metadata = { zebra: 'quote " and \\', alpha: "ünïcödé ☃", empty: "" };

export function bytesOf(format: ShardFormat, tensors: readonly Tensor[]): Uint8Array {
  return Buffer.concat([...format.encode(tensors, metadata)]);
}

function decode(format: ShardFormat, file: Uint8Array) {
  return format.decode(file.length, (offset, bytes) => file.subarray(offset, offset + bytes));
}

function plain(tensors: readonly { name: string; data: Tensor["data"] }[]) {
  return Object.fromEntries(tensors.map(({ name, data }) => [name, Array.from(data as Iterable<unknown>, String)]));
}

export function describeShardFormat(name: string): void {
  describe(`every shard format: ${name}`, () => {
    for (const [layout, tensors] of Object.entries({ packed: packedTensors, flat: flatTensors })) {
      test(`gives ${layout} tensors back with their names, shapes and metadata`, async () => {
        const format = await shardFormats.load(name);
        const file = bytesOf(format, tensors);
        const contents = decode(format, file);
        expect(contents.metadata).toEqual(metadata);
        expect(contents.tensors.map((place) => place.name)).toEqual(tensors.map((tensor) => tensor.name));
        expect(contents.tensors.map((place) => place.shape)).toEqual(tensors.map((tensor) => tensor.shape));
        const read = contents.tensors.map((place) => ({ name: place.name, data: viewTensor(place, file) }));
        expect(plain(read)).toEqual(plain(tensors));
      });

      test(`puts ${layout} tensors where they can be mapped`, async () => {
        const format = await shardFormats.load(name);
        for (const { offset, dtype } of decode(format, bytesOf(format, tensors)).tensors) {
          expect(offset % itemBytes[dtype]).toBe(0);
        }
      });

      test(`writes the same bytes for ${layout} tensors and metadata in another order`, async () => {
        const format = await shardFormats.load(name);
        const other = Object.fromEntries(Object.entries(metadata).reverse());
        const again = Buffer.concat([...format.encode(tensors.toReversed(), other)]);
        expect(again.equals(bytesOf(format, tensors))).toBe(true);
      });

      test(`writes ${layout} files that its own library reads`, async () => {
        await using folder = await temporaryFolder();
        const format = await shardFormats.load(name);
        const path = join(folder.path, `x${format.extension}`);
        await Bun.write(path, bytesOf(format, tensors));
        const [line] = await python("test/parity/read_shard.py", [path], "");
        const read = JSON.parse(line!) as { metadata: unknown; tensors: Record<string, PeerTensor> };
        expect(read.metadata).toEqual(metadata);
        for (const tensor of tensors) {
          // Arrow's lists have their offsets instead.
          const peer = read.tensors[tensor.name] ?? { ...read.tensors["tokens.offsets"]!, dtype: "uint64" };
          expect(peer.dtype).toBe(numpyTypes[tensor.dtype]!);
          expect(peer.shape).toEqual([...tensor.shape]);
          expect(peer.values).toEqual(Array.from(tensor.data as Iterable<unknown>, String));
        }
      });
    }

    test("gives rows of any size back", async () => {
      const format = await shardFormats.load(name);
      const rows = fc.record({ rows: fc.integer({ min: 1, max: 9 }), width: fc.integer({ min: 1, max: 33 }) });
      fc.assert(
        fc.property(rows, ({ rows, width }) => {
          const data = Uint16Array.from({ length: rows * width }, (_, cell) => (cell * 7919) & 0xffff);
          const segments = Uint16Array.from({ length: rows * width }, () => 1);
          const file = bytesOf(format, [
            { name: "input_ids", dtype: "U16", shape: [rows, width], data },
            { name: "segment_ids", dtype: "U16", shape: [rows, width], data: segments },
          ]);
          const [ids] = decode(format, file).tensors;
          expect(ids!.shape).toEqual([rows, width]);
          expect(viewTensor(ids!, file)).toEqual(data);
        }),
      );
    });

    test("refuses a file that is cut anywhere, and never reads outside it", async () => {
      const format = await shardFormats.load(name);
      const file = bytesOf(format, packedTensors);
      for (let length = 0; length < file.length; length++) {
        expect(() => decode(format, file.subarray(0, length))).toThrow(MdpError);
      }
    });

    test("reads or refuses a file with a damaged byte in its header, without any other error", async () => {
      const format = await shardFormats.load(name);
      const file = bytesOf(format, packedTensors);
      fc.assert(
        fc.property(fc.nat(file.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
          const damaged = Uint8Array.from(file);
          damaged[at]! ^= change;
          try {
            for (const place of decode(format, damaged).tensors) viewTensor(place, damaged);
          } catch (error) {
            expect(error).toBeInstanceOf(MdpError);
          }
        }),
        { numRuns: 2_000 },
      );
    });
  });
}

interface PeerTensor {
  dtype: string;
  shape: number[];
  values: string[];
}
