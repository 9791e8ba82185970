/** Reads mlx-c's headers, and compares a symbol table with one. */
import type { FFIFunction } from "bun:ffi";

export interface Prototype {
  name: string;
  /** C types, `const` and names left out: `mlx_array*`, `size_t`, `callback`. */
  args: CType[];
  returns: CType;
  /** On one line, as tables quote it. */
  text: string;
}

interface CType {
  type: string;
  isConst: boolean;
  nullable: boolean;
  /** The parameter's name: `data` tells what `const char**` means. */
  name: string;
}

/** One row of a table's source: the constants' names, which the value no longer has, and the quoted prototype. */
export interface SourceRow {
  args: string[];
  returns: string;
  prototype: string;
}

type Table = Readonly<Record<string, FFIFunction>>;

/** The functions that a header declares, in its order. */
export function parseHeader(header: string): Prototype[] {
  const declarations = header
    .replaceAll("/* may be null */", "MAY_BE_NULL")
    .replace(/\/\*[\s\S]*?\*\//g, "")
    .replace(/^\s*#.*$/gm, "")
    .replace(/[\s\S]*?extern "C" \{/, "")
    .replace(/typedef\s+(?:struct|enum)\s+\w+\s*\{[^}]*\}\s*\w+;/g, "")
    .replace(/typedef[^;]*;/g, "");
  return [...declarations.matchAll(/([^;{}]*\([^;{}]*\))\s*;/g)].map(([, text]) => parsePrototype(text!));
}

function parsePrototype(source: string): Prototype {
  const text = source.replace(/\s+/g, " ").replaceAll("( ", "(").trim();
  const match = /^(.*?)\b(_?mlx_\w+) ?\((.*)\)$/.exec(text);
  if (!match) throw new Error(`not a prototype: ${text}`);
  const [, returns, name, list] = match;
  const args = list === "void" || list === "" ? [] : splitArguments(list!).flatMap(argument);
  return {
    name: name!,
    args,
    returns: typeOf(returns!.trim()),
    text: text.replaceAll("MAY_BE_NULL", "/* may be null */"),
  };
}

function splitArguments(list: string): string[] {
  const found: string[] = [];
  let depth = 0;
  let start = 0;
  for (let i = 0; i <= list.length; i++) {
    if (list[i] === "(") depth++;
    if (list[i] === ")") depth--;
    if (i === list.length || (list[i] === "," && depth === 0)) {
      found.push(list.slice(start, i).trim());
      start = i + 1;
    }
  }
  return found;
}

/** A 16-byte iterator takes two registers; everything else one place. */
function argument(text: string): CType[] {
  const parsed = typeOf(text);
  if (!parsed.type.endsWith("_iterator")) return [parsed];
  return [parsed, { ...parsed, type: parsed.type.replace("_iterator", "") }];
}

function typeOf(text: string): CType {
  const nullable = text.includes("MAY_BE_NULL");
  const isConst = text.startsWith("const ");
  const plain = text
    .replace("MAY_BE_NULL", "")
    .replace(/\bconst\b/g, "")
    .trim();
  if (plain.includes("(*")) return { type: "callback", isConst: false, nullable, name: "" };
  const match = /^(\w+|\.\.\.)\s*(\**)\s*(\w*)$/.exec(plain);
  if (!match) throw new Error(`not a parameter: ${text}`);
  return { type: match[1]! + match[2], isConst, nullable, name: match[3]! };
}

/** Constants of `ffi/types.ts` that may stand for a C type, and the FFI type each must have. */
const handles: Readonly<Record<string, string>> = {
  mlx_array: "array",
  mlx_vector_array: "vector",
  mlx_vector_vector_array: "vector",
  mlx_vector_int: "vector",
  mlx_vector_string: "vector",
  mlx_vector_stream: "vector",
  mlx_map_string_to_array: "map",
  mlx_map_string_to_string: "map",
  mlx_map_string_to_array_iterator: "iterator",
  mlx_map_string_to_string_iterator: "iterator",
  mlx_string: "string",
  mlx_stream: "stream",
  mlx_stream_thread_local: "stream",
  mlx_device: "device",
  mlx_device_info: "deviceInfo",
  mlx_closure: "closure",
  mlx_closure_kwargs: "closure",
  mlx_closure_value_and_grad: "closure",
  mlx_closure_custom: "closure",
  mlx_closure_custom_jvp: "closure",
  mlx_closure_custom_vmap: "closure",
  mlx_compile_cache: "cache",
  mlx_distributed_group: "group",
  mlx_io_reader: "reader",
  mlx_io_writer: "writer",
  mlx_io_gguf: "gguf",
  mlx_fast_cuda_kernel: "kernel",
  mlx_fast_cuda_kernel_config: "config",
  mlx_fast_metal_kernel: "kernel",
  mlx_fast_metal_kernel_config: "config",
};

const scalars: Readonly<Record<string, readonly [constant: string, ffi: string]>> = {
  int: ["int", "i32"],
  size_t: ["size", "u64"],
  uint64_t: ["uint64", "u64"],
  uintptr_t: ["uintptr", "u64"],
  float: ["float", "f32"],
  double: ["double", "f64"],
  bool: ["bool", "bool"],
  mlx_dtype: ["dtype", "u32"],
  mlx_device_type: ["deviceType", "u32"],
  mlx_compile_mode: ["compileMode", "u32"],
  mlx_optional_int: ["optionalInt", "u64"],
  mlx_optional_float: ["optionalFloat", "u64"],
  mlx_optional_dtype: ["optionalDtype", "u64"],
  mlx_error_handler_func: ["callback", "ptr"],
  callback: ["callback", "ptr"],
};

/** What a parameter must be: the constant's name and the FFI type. */
function expectedArgument({ type, isConst, nullable, name }: CType): readonly [constant: string, ffi: string] {
  const [constant, ffi] = ((): readonly [string, string] => {
    if (scalars[type]) return scalars[type];
    if (handles[type]) return [handles[type], "ptr"];
    if (type === "char*" && isConst) return ["text", "cstring"];
    if (type === "void*") return ["pointer", "ptr"];
    if (type === "char**" && isConst && name === "data") return ["texts", "ptr"];
    if (type === "int*" && (isConst || name === "data")) return ["ints", "ptr"];
    if (type === "int64_t*" && isConst) return ["int64s", "ptr"];
    if (type === "uint64_t*" && isConst) return ["uint64s", "ptr"];
    if (isConst && handles[type.slice(0, -1)]) return ["handles", "ptr"];
    if (type.endsWith("*") && (!isConst || type.endsWith("**"))) return ["out", "ptr"];
    throw new Error(`no FFI type is known for the C type ${type}`);
  })();
  return [nullable ? `nullable${constant[0]!.toUpperCase()}${constant.slice(1)}` : constant, ffi];
}

/** Functions whose `int` is a value, not a status. */
const intResults = new Set(["mlx_array_dim", "mlx_distributed_group_rank", "mlx_distributed_group_size"]);

function expectedResult({ name, returns: { type } }: Prototype): readonly [constant: string, ffi: string] {
  if (type === "void") return ["nothing", "void"];
  if (type === "int" && !intResults.has(name)) return ["status", "i32"];
  if (scalars[type]) return scalars[type];
  if (handles[type]) return [handles[type], "ptr"];
  if (type === "char*") return ["text", "cstring"];
  if (type.endsWith("*")) return ["pointer", "ptr"];
  throw new Error(`no FFI type is known for the result ${type}`);
}

/** Every way in which a table differs from its header; empty when it does not. */
export function compareTable(
  prototypes: readonly Prototype[],
  table: Table,
  unbound: ReadonlySet<string>,
  source?: ReadonlyMap<string, SourceRow>,
): string[] {
  const bound = prototypes.filter(({ name }) => !unbound.has(name));
  const problems: string[] = [];
  const [names, expected] = [Object.keys(table), bound.map(({ name }) => name)];
  for (const name of expected) if (!Object.hasOwn(table, name)) problems.push(`${name}: missing`);
  for (const name of names) if (!expected.includes(name)) problems.push(`${name}: not in the header, or unbound`);
  if (problems.length === 0 && names.join() !== expected.join()) problems.push("rows are not in the header's order");
  for (const prototype of bound) {
    const row = table[prototype.name];
    if (row) problems.push(...compareRow(prototype, row, source?.get(prototype.name)));
  }
  return problems;
}

function compareRow(prototype: Prototype, row: FFIFunction, source: SourceRow | undefined): string[] {
  const { name } = prototype;
  const args = prototype.args.map(expectedArgument);
  const result = expectedResult(prototype);
  const problems: string[] = [];
  const actual = row.args ?? [];
  if (actual.length !== args.length)
    problems.push(`${name}: ${actual.length} arguments, the header has ${args.length}`);
  for (const [i, [, ffi]] of args.entries()) {
    if (i < actual.length && actual[i] !== ffi) problems.push(`${name}: argument ${i + 1} is ${actual[i]}, not ${ffi}`);
  }
  if (row.returns !== result[1]) problems.push(`${name}: returns ${row.returns}, not ${result[1]}`);
  if (source) {
    const constants = args.map(([constant]) => constant).join(", ");
    if (source.args.join(", ") !== constants) problems.push(`${name}: written [${source.args}], not [${constants}]`);
    if (source.returns !== result[0]) problems.push(`${name}: written to return ${source.returns}, not ${result[0]}`);
    if (source.prototype !== prototype.text) problems.push(`${name}: quotes another prototype than the header's`);
  }
  return problems;
}

const registerArguments = 8;
const eightBytes = new Set(["ptr", "cstring", "u64", "i64"]);

/**
 * Rows that Apple arm64 would call with shifted arguments: integer-class arguments past the eighth go on the stack,
 * where that ABI gives each only its own size and Bun writes 8 bytes.
 */
export function packedStackRows(table: Table): string[] {
  return Object.entries(table)
    .filter(([, { args = [] }]) => {
      const integers = args.filter((type) => type !== "f32" && type !== "f64");
      return integers.slice(registerArguments).some((type) => !eightBytes.has(String(type)));
    })
    .map(([name]) => name);
}

/** The rows of a table's source file by name. */
export function parseSource(source: string): Map<string, SourceRow> {
  const rows = source.matchAll(/^ {2}(\w+): \{ args: \[(.*?)\], returns: (\w+) \}, \/\/ (.*)$/gm);
  return new Map(
    [...rows].map(([, name, args, returns, prototype]) => [
      name!,
      { args: args === "" ? [] : args!.split(", "), returns: returns!, prototype: prototype! },
    ]),
  );
}
