/** Goal: results, errors and texts cross the border unharmed, however often and however strange. */
import { describe, expect, test } from "bun:test";
import { check, handleIn, newSlot, numberIn, outHandle, outNumber, safeText } from "../../ffi/call.ts";
import { MlxError } from "../../ffi/errors.ts";
import { openLibrary } from "../../ffi/library.ts";
import { type Handle, packOptionalFloat, packOptionalInt } from "../../ffi/types.ts";

const { symbols: c } = openLibrary({ embedded: () => undefined });
const stream = c.mlx_default_cpu_stream_new() as Handle;

describe("out-parameters", () => {
  test("are never read stale: 300,000 calls give 300,000 right numbers", () => {
    let wrong = 0;
    const numbers = [1, 2, 3].map((value) => c.mlx_array_new_int(value) as Handle);
    for (let i = 0; i < 300_000; i++) {
      const expected = i % 3;
      const written = outNumber("item", (slot) => c.mlx_array_item_int32(slot, numbers[expected]!));
      if (written !== expected + 1) wrong++;
    }
    for (const handle of numbers) c.mlx_array_free(handle);
    expect(wrong).toBe(0);
  });

  test("are never read stale: 300,000 handles are new ones", () => {
    const one = c.mlx_array_new_float(1) as Handle;
    const seen = new Set<number>();
    let wrong = 0;
    for (let i = 0; i < 300_000; i++) {
      const sum = outHandle("add", (slot) => c.mlx_add(slot, one, one, stream));
      // A hundred live at a time: a stale read would repeat one of them.
      if (sum === 0 || seen.has(sum)) wrong++;
      seen.add(sum);
      if (seen.size === 100) {
        for (const handle of seen) c.mlx_array_free(handle as Handle);
        seen.clear();
      }
    }
    for (const handle of seen) c.mlx_array_free(handle as Handle);
    c.mlx_array_free(one);
    expect(wrong).toBe(0);
  });

  test("keep apart when an argument makes a call of its own", () => {
    const one = c.mlx_array_new_float(1) as Handle;
    const nested = outHandle("add", (slot) => {
      const inner = outHandle("negative", (other) => c.mlx_negative(other, one, stream));
      try {
        return c.mlx_add(slot, one, inner, stream);
      } finally {
        c.mlx_array_free(inner);
      }
    });
    expect(outNumber("item", (slot) => c.mlx_array_item_int32(slot, nested))).toBe(0);
    c.mlx_array_free(nested);
    c.mlx_array_free(one);
  });

  test("hold addresses and sizes beyond 32 bits", () => {
    const slot = newSlot();
    slot.set([0xffff_fff0, 0x7fff]);
    expect(numberIn(slot)).toBe(0x7fff_ffff_fff0);
    expect(handleIn(slot)).toBe(0x7fff_ffff_fff0 as Handle);
  });
});

describe("errors", () => {
  test("carry MLX's text and the operation's name, not the place in mlx-c's source", () => {
    const data = c.mlx_array_new_data(new Float32Array(2), new Int32Array([2]), 1, 10) as Handle;
    const add = () => outHandle("reshape", (slot) => c.mlx_reshape(slot, data, new Int32Array([3]), 1, stream));
    expect(add).toThrow(MlxError);
    expect(add).toThrow(/^reshape: \[reshape\] Cannot reshape array of size 2 into shape \(3\)\.$/);
    c.mlx_array_free(data);
  });

  test("do not outlive the call that failed", () => {
    expect(() => outHandle("add", (slot) => c.mlx_add(slot, null, null, stream))).toThrow("expected a non-empty");
    expect(() => check(1, "later")).toThrow("later: failed without a message");
  });

  test("an empty handle is an error, not a crash", () => {
    expect(() => outHandle("abs", (slot) => c.mlx_abs(slot, null, stream))).toThrow("expected a non-empty mlx_array");
  });
});

describe("texts for mlx-c", () => {
  test("pass when they are plain, in any script", () => {
    for (const text of ["", "a b", "é", "模型", "👩‍🔬", "\n", '"']) expect(safeText(text, "load")).toBe(text);
  });

  test("are refused with a % or a NUL, which printf and C would not survive", () => {
    expect(() => safeText("50%s", "load")).toThrow(/load: "50%s" holds a "%"/);
    expect(() => safeText("a\0b", "load")).toThrow(/NUL/);
  });
});

describe("optional arguments", () => {
  test("pack as { value, has_value } in one register", () => {
    expect(packOptionalInt(undefined)).toBe(0n);
    expect(packOptionalInt(0)).toBe(1n << 32n);
    expect(packOptionalInt(64)).toBe((1n << 32n) | 64n);
    expect(packOptionalInt(-1)).toBe((1n << 32n) | 0xffff_ffffn);
    expect(packOptionalFloat(undefined)).toBe(0n);
    expect(packOptionalFloat(1)).toBe((1n << 32n) | 0x3f80_0000n);
    expect(packOptionalFloat(-0)).toBe((1n << 32n) | 0x8000_0000n);
  });
});
