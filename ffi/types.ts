/**
 * C types of mlx-c as `bun:ffi` types. Each ABI decision stands here once; the tables in `symbols/` read like C.
 *
 * A handle such as `mlx_array` is a struct of one pointer and travels in a register like the pointer itself.
 */
import type { Pointer } from "bun:ffi";

/** Address held by a one-pointer struct such as `mlx_array`. Addresses fit 53 bits on every platform we run on. */
export type Handle = Pointer;

// Handles, by value.
export const array = "ptr";
export const vector = "ptr";
export const map = "ptr";
export const string = "ptr";
export const stream = "ptr";
export const device = "ptr";
export const deviceInfo = "ptr";
export const closure = "ptr";
export const cache = "ptr";
export const group = "ptr";
export const kernel = "ptr";
export const config = "ptr";
export const reader = "ptr";
export const writer = "ptr";
export const gguf = "ptr";

/**
 * `{ void* ctx; void* map_ctx; }` by value. As an argument it takes two registers, so a table writes it as `iterator,
 * map`; as a result only `ctx` arrives, and `map_ctx` is the handle of the map it came from.
 */
export const iterator = "ptr";

// Handles that the header marks "may be null".
export const nullableArray = "ptr";
export const nullableClosure = "ptr";
export const nullableGroup = "ptr";

// Addresses.
/** Where native code writes its result: pass a typed array itself, never a stored pointer to one. */
export const out = "ptr";
export const pointer = "ptr";
export const callback = "ptr";
export const ints = "ptr";
export const int64s = "ptr";
export const uint64s = "ptr";
/** `const mlx_array*` and the like: handles one after another, 8 bytes each. */
export const handles = "ptr";
/** `const char**`: addresses of NUL-terminated UTF-8. */
export const texts = "ptr";

/** `const char*`: a JavaScript string (UTF-8, refuse NUL first); read back as a copy. */
export const text = "cstring";
export const nullableText = "cstring";

// Numbers.
export const int = "i32";
export const size = "u64";
export const uint64 = "u64";
export const uintptr = "u64";
export const float = "f32";
export const double = "f64";
export const bool = "bool";

// Enums without negative members are unsigned int in the C ABIs we run on.
export const dtype = "u32";
export const deviceType = "u32";
export const compileMode = "u32";

/** `{ value: 4 bytes; bool has_value; }` by value: one 8-byte register; packed by the functions below. */
export const optionalInt = "u64";
export const optionalFloat = "u64";
export const optionalDtype = "u64";

// Results.
/** 0 when the call succeeded; otherwise the error handler has the text. */
export const status = "i32";
export const nothing = "void";

const present = 1n << 32n;
const bits = new DataView(new ArrayBuffer(4));

/** Packs an `mlx_optional_int` or `mlx_optional_dtype`. */
export function packOptionalInt(value: number | undefined): bigint {
  return value === undefined ? 0n : BigInt.asUintN(32, BigInt(value)) | present;
}

/** Packs an `mlx_optional_float`. */
export function packOptionalFloat(value: number | undefined): bigint {
  if (value === undefined) return 0n;
  bits.setFloat32(0, value);
  return BigInt(bits.getUint32(0)) | present;
}
