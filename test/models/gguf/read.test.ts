/** Goal: what the `gguf` package writes is read to the same names, values and numbers, bit by bit. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dequantizeBlocks } from "../../../src/models/gguf/blocks.ts";
import { openGguf } from "../../../src/models/gguf/read.ts";
import { floats, ggufReference } from "./reference.ts";

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "mdp-gguf-"));
});
afterAll(() => rmSync(dir, { recursive: true }));

describe("a file of the gguf package", () => {
  test("has the same metadata and, dequantized, the same numbers", async () => {
    const path = join(dir, "all.gguf");
    const metadata = {
      "a.u8": ["uint8", 200],
      "a.i8": ["int8", -100],
      "a.u16": ["uint16", 60_000],
      "a.i16": ["int16", -30_000],
      "a.u32": ["uint32", 4_000_000_000],
      "a.i32": ["int32", -2_000_000_000],
      "a.f32": ["float32", 0.5],
      "a.u64": ["uint64", 2 ** 53 - 1],
      "a.i64": ["int64", -(2 ** 53 - 1)],
      "a.f64": ["float64", 0.1],
      "a.bool": ["bool", true],
      "a.text": ["string", "Grüße, 世界 🦙"],
      "a.texts": ["array", ["", "Ġthe", "é".repeat(40_000)]],
      "a.numbers": ["array", [1, -2, 3]],
      "a.floats": ["array", [0.5, -1.25]],
    };
    const types = ["F32", "F16", "BF16", "Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q4_K", "Q5_K", "Q6_K"];
    const tensors = Object.fromEntries(
      types.map((type, seed) => [`t.${type}`, [type, type === "F32" ? [3, 2, 5] : [7, 512], seed]]),
    );
    const [written] = await ggufReference<[Record<string, string>]>({ write: path, metadata, tensors, align: 64 });
    using file = openGguf(path);
    expect(file.version).toBe(3);
    for (const [key, [, value]] of Object.entries(metadata)) {
      const found = file.metadata.get(key);
      expect<unknown>(found instanceof Float64Array ? [...found] : found).toEqual(value);
    }
    expect(file.tensors.map(({ name, type, shape }) => [name, type, shape])).toEqual(
      types.map((type) => [`t.${type}`, type, type === "F32" ? [3, 2, 5] : [7, 512]]) as never,
    );
    for (const { name, type, position, bytes } of file.tensors) {
      const content = new Uint8Array(bytes);
      file.read(content, position);
      expect(dequantizeBlocks(type, content)).toEqual(floats(written[name]!));
    }
  });
});

describe("numbers of two bytes", () => {
  test.each(["F16", "BF16"] as const)("are the same at an odd place of a buffer: %s", (type) => {
    const even = Uint8Array.from({ length: 64 }, (_, i) => (i * 37) & 0x7b);
    const odd = new Uint8Array(70).subarray(3, 67);
    odd.set(even);
    expect(odd.byteOffset % 2).toBe(1);
    expect(dequantizeBlocks(type, odd)).toEqual(dequantizeBlocks(type, even));
  });
});
