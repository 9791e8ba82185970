/** Goal: rows that src/mlx does not use yet work as they are written, each kind of argument once. */
import { describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { check, handleIn, newSlot, numberIn, outHandle, outNumber, readText } from "../../ffi/call.ts";
import { pinned } from "../../ffi/header-hash.ts";
import { openLibrary } from "../../ffi/library.ts";
import { type Handle, packOptionalFloat, packOptionalInt } from "../../ffi/types.ts";

const { symbols: c } = openLibrary({ embedded: () => undefined });
const stream = c.mlx_default_cpu_stream_new() as Handle;

function textOf(string: Handle): string | null {
  const text = c.mlx_string_data(string);
  c.mlx_string_free(string);
  return text;
}

/** An array's elements as MLX prints them; frees the array. */
function shown(array: Handle): string | null {
  const text = textOf(outHandle("tostring", (slot) => c.mlx_array_tostring(slot, array)));
  c.mlx_array_free(array);
  return text;
}

describe("numbers by value", () => {
  test("int, bool, float, double, two floats", () => {
    expect(shown(c.mlx_array_new_int(-7) as Handle)).toBe("array(-7, dtype=int32)");
    expect(shown(c.mlx_array_new_bool(true) as Handle)).toBe("array(true, dtype=bool)");
    expect(shown(c.mlx_array_new_float(1.5) as Handle)).toBe("array(1.5, dtype=float32)");
    expect(shown(c.mlx_array_new_double(Math.PI) as Handle)).toBe("array(3.14159, dtype=float64)");
    expect(shown(c.mlx_array_new_complex(1, -2) as Handle)).toBe("array(1-2j, dtype=complex64)");
  });

  test("three doubles and an enum", () => {
    const made = outHandle("arange", (slot) => c.mlx_arange(slot, 0.5, 3, 1, 10, stream));
    expect(shown(made)).toBe("array([0.5, 1.5, 2.5], dtype=float32)");
  });

  test("sizes and strides of 64 bits", () => {
    const base = outHandle("arange", (slot) => c.mlx_arange(slot, 0, 12, 1, 7, stream));
    const shape = new Int32Array([2, 2]);
    const strides = new BigInt64Array([6n, 2n]);
    const view = outHandle("as_strided", (slot) => c.mlx_as_strided(slot, base, shape, 2, strides, 2, 1, stream));
    expect(shown(view)).toBe("array([[1, 3],\n       [7, 9]], dtype=int32)");
    c.mlx_array_free(base);
  });

  test("optional int, float and element type, present and absent", () => {
    const one = c.mlx_array_new_float(Number.POSITIVE_INFINITY) as Handle;
    const replaced = (high: number | undefined) =>
      shown(
        outHandle("nan_to_num", (slot) =>
          c.mlx_nan_to_num(slot, one, 0, packOptionalFloat(high), packOptionalFloat(undefined), stream),
        ),
      );
    expect(replaced(2.5)).toBe("array(2.5, dtype=float32)");
    expect(replaced(undefined)).toBe("array(3.40282e+38, dtype=float32)");
    const sum = (dtype: number | undefined) =>
      outHandle("cumsum", (slot) => c.mlx_cumsum(slot, one, false, true, packOptionalInt(dtype), stream));
    expect(shown(sum(12))).toContain("bfloat16");
    expect(shown(sum(undefined))).toContain("float32");
    c.mlx_array_free(one);
  });
});

describe("lists", () => {
  test("of ints", () => {
    const vector = c.mlx_vector_int_new_data(new Int32Array([4, -5]), 2) as Handle;
    check(c.mlx_vector_int_append_value(vector, 6), "append");
    const values = Array.from({ length: Number(c.mlx_vector_int_size(vector)) }, (_, i) => {
      const slot = newSlot();
      check(c.mlx_vector_int_get(slot, vector, i), "get");
      return new Int32Array(slot.buffer)[0];
    });
    expect(values).toEqual([4, -5, 6]);
    c.mlx_vector_int_free(vector);
  });

  test("of texts, given as addresses", () => {
    const vector = c.mlx_vector_string_new() as Handle;
    for (const text of ["a", "größe", ""]) check(c.mlx_vector_string_append_value(vector, text), "append");
    const texts = [0, 1, 2].map((i) => readText(outHandle("get", (slot) => c.mlx_vector_string_get(slot, vector, i))));
    expect(texts).toEqual(["a", "größe", ""]);
    c.mlx_vector_string_free(vector);
  });

  test("of lists of arrays", () => {
    const one = c.mlx_array_new_int(3) as Handle;
    const inner = c.mlx_vector_array_new_value(one) as Handle;
    const outer = c.mlx_vector_vector_array_new_value(inner) as Handle;
    const back = outHandle("get", (slot) => c.mlx_vector_vector_array_get(slot, outer, 0));
    const item = outHandle("get", (slot) => c.mlx_vector_array_get(slot, back, 0));
    expect(shown(item)).toBe("array(3, dtype=int32)");
    for (const vector of [back, inner]) c.mlx_vector_array_free(vector);
    c.mlx_vector_vector_array_free(outer);
    c.mlx_array_free(one);
  });

  test("of the streams of this process", () => {
    const streams = outHandle("get_streams", (slot) => c.mlx_get_streams(slot));
    expect(Number(c.mlx_vector_stream_size(streams))).toBeGreaterThan(0);
    const first = outHandle("get", (slot) => c.mlx_vector_stream_get(slot, streams, 0));
    expect(textOf(outHandle("tostring", (slot) => c.mlx_stream_tostring(slot, first)))).toContain("Stream(");
    expect(c.mlx_stream_equal(first, first)).toBe(true);
    c.mlx_stream_free(first);
    c.mlx_vector_stream_free(streams);
  });
});

describe("maps", () => {
  test("are walked with the iterator's first word and the map's own handle", () => {
    const map = c.mlx_map_string_to_string_new() as Handle;
    const expected = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`key ${i} é`, `value ${i}`]));
    for (const [key, value] of Object.entries(expected))
      check(c.mlx_map_string_to_string_insert(map, key, value), "insert");
    const iterator = c.mlx_map_string_to_string_iterator_new(map) as Handle;
    const found: Record<string, string> = {};
    for (;;) {
      const [key, value] = [newSlot(), newSlot()];
      if (c.mlx_map_string_to_string_iterator_next(key, value, iterator, map) !== 0) break;
      found[readText(handleIn(key))] = readText(handleIn(value));
    }
    expect(found).toEqual(expected);
    c.mlx_map_string_to_string_iterator_free(iterator, map);
    expect(readText(outHandle("get", (slot) => c.mlx_map_string_to_string_get(slot, map, "key 7 é")))).toBe("value 7");
    expect(c.mlx_map_string_to_string_get(newSlot(), map, "none")).toBe(2);
    c.mlx_map_string_to_string_free(map);
  });
});

describe("other headers", () => {
  test("version: the pinned MLX", () => {
    expect(textOf(outHandle("version", (slot) => c.mlx_version(slot)))).toBe(pinned.mlx);
  });

  test("metal: there on macOS, absent elsewhere", () => {
    const isThere = outNumber("metal_is_available", (slot) => c.mlx_metal_is_available(slot)) === 1;
    expect(isThere).toBe(process.platform === "darwin" && process.arch === "arm64");
  });

  test("distributed: a group of one sums to itself", () => {
    expect(c.mlx_distributed_is_available("ring")).toBe(true);
    const group = outHandle("init", (slot) => c.mlx_distributed_init(slot, false, "ring"));
    expect([c.mlx_distributed_group_rank(group), c.mlx_distributed_group_size(group)]).toEqual([0, 1]);
    const one = c.mlx_array_new_float(3) as Handle;
    const sum = outHandle("all_sum", (slot) => c.mlx_distributed_all_sum(slot, one, group, stream));
    expect(shown(sum)).toBe("array(3, dtype=float32)");
    c.mlx_array_free(one);
    c.mlx_distributed_group_free(group);
  });

  test("io_types: a gguf file keeps arrays and texts", () => {
    const dir = mkdtempSync(join(tmpdir(), "mdp-gguf-"));
    const made = c.mlx_io_gguf_new() as Handle;
    const one = c.mlx_array_new_data(new Float32Array([1, 2]), new Int32Array([2]), 1, 10) as Handle;
    check(c.mlx_array_eval(one), "eval");
    check(c.mlx_io_gguf_set_array(made, "x", one), "set_array");
    check(c.mlx_io_gguf_set_metadata_string(made, "general.name", "tiny"), "set_metadata_string");
    check(c.mlx_save_gguf(join(dir, "tiny.gguf"), made), "save_gguf");
    const read = outHandle("load_gguf", (slot) => c.mlx_load_gguf(slot, join(dir, "tiny.gguf"), stream));
    expect(shown(outHandle("get_array", (slot) => c.mlx_io_gguf_get_array(slot, read, "x")))).toBe(
      "array([1, 2], dtype=float32)",
    );
    expect(textOf(outHandle("get", (slot) => c.mlx_io_gguf_get_metadata_string(slot, read, "general.name")))).toBe(
      "tiny",
    );
    const has = (key: string) => outNumber("has", (slot) => c.mlx_io_gguf_has_metadata_string(slot, read, key));
    expect(has("general.name")).toBe(1);
    for (const gguf of [made, read]) c.mlx_io_gguf_free(gguf);
    c.mlx_array_free(one);
    rmSync(dir, { recursive: true });
  });

  test("device: devices compare, print and count", () => {
    const cpu = c.mlx_device_new_type(0, 0) as Handle;
    const slot = newSlot();
    check(c.mlx_device_count(slot, 0), "device_count");
    expect(numberIn(slot)).toBe(1);
    expect(c.mlx_device_equal(cpu, cpu)).toBe(true);
    expect(textOf(outHandle("tostring", (slot) => c.mlx_device_tostring(slot, cpu)))).toBe("Device(cpu, 0)");
    c.mlx_device_free(cpu);
  });
});
