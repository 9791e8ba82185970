/** Goal: a row that differs from the installed header never gets in. A wrong row corrupts memory. */

import { dlopen } from "bun:ffi";
import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { headerHash, pinned } from "../../ffi/header-hash.ts";
import { findLibrary } from "../../ffi/library.ts";
import { symbols, tables } from "../../ffi/symbols/index.ts";
import { unbound } from "../../ffi/symbols/unbound.ts";
import { compareTable, packedStackRows, parseHeader, parseSource } from "./header-check.ts";

const library = findLibrary({ embedded: () => undefined }).path;
const includeDir = join(dirname(dirname(library)), "include");
const symbolsDir = join(import.meta.dir, "../../ffi/symbols");
const exceptions = new Set(Object.keys(unbound));

function prototypesOf(header: string) {
  return parseHeader(readFileSync(join(includeDir, "mlx/c", `${header}.h`), "utf8"));
}

describe("the tables", () => {
  test("were checked against the headers that are installed", () => {
    expect(headerHash(includeDir)).toBe(pinned.headers);
  });

  for (const [header, table] of Object.entries(tables)) {
    test(`${header} equals ${header}.h: names, order, arity, types, results, quoted prototypes`, () => {
      const source = readFileSync(join(symbolsDir, `${header.replaceAll("_", "-")}.ts`), "utf8");
      const rows = parseSource(source);
      expect(rows.size).toBe(Object.keys(table).length);
      expect(compareTable(prototypesOf(header), table, exceptions, rows)).toEqual([]);
    });
  }

  test("share no name", () => {
    const rows = Object.values(tables).reduce((sum, table) => sum + Object.keys(table).length, 0);
    expect(Object.keys(symbols).length).toBe(rows);
  });

  test("have no call that Apple arm64 would pack on the stack", () => {
    expect(packedStackRows(symbols)).toEqual([]);
  });

  test("are exported by the library, each name", () => {
    const { symbols: opened } = dlopen(library, symbols);
    expect(Object.keys(symbols).filter((name) => typeof opened[name as keyof typeof opened] !== "function")).toEqual(
      [],
    );
  });

  test("would not open with a name that the library lacks", () => {
    expect(() => dlopen(library, { mlx_no_such_function: { args: [], returns: "i32" } })).toThrow(
      "mlx_no_such_function",
    );
  });
});

describe("unbound functions", () => {
  test("are all declared by a header that is covered", () => {
    const declared = new Set(Object.keys(tables).flatMap((header) => prototypesOf(header).map(({ name }) => name)));
    expect([...exceptions].filter((name) => !declared.has(name))).toEqual([]);
  });
});

describe("a planted wrong row is found:", () => {
  const prototypes = parseHeader(`
    extern "C" {
    /** Adds. */
    int mlx_add(mlx_array* res, const mlx_array a, const mlx_array b, const mlx_stream s);
    size_t mlx_array_size(const mlx_array arr);
    int mlx_clip(mlx_array* res, const mlx_array a, const mlx_array a_min /* may be null */, const mlx_stream s);
    int mlx_sum_axis(mlx_array* res, const mlx_array a, int axis, bool keepdims, const mlx_stream s);
    }`);
  const right = {
    mlx_add: { args: ["ptr", "ptr", "ptr", "ptr"], returns: "i32" },
    mlx_array_size: { args: ["ptr"], returns: "u64" },
    mlx_clip: { args: ["ptr", "ptr", "ptr", "ptr"], returns: "i32" },
    mlx_sum_axis: { args: ["ptr", "ptr", "i32", "bool", "ptr"], returns: "i32" },
  } as const;
  const none = new Set<string>();

  test("nothing is wrong with the right table", () => {
    expect(compareTable(prototypes, right, none)).toEqual([]);
  });

  const planted = {
    "a missing argument": { ...right, mlx_add: { args: ["ptr", "ptr", "ptr"], returns: "i32" } },
    "one argument too many": { ...right, mlx_array_size: { args: ["ptr", "ptr"], returns: "u64" } },
    "an int where the header has a bool": {
      ...right,
      mlx_sum_axis: { args: ["ptr", "ptr", "i32", "i32", "ptr"], returns: "i32" },
    },
    "arguments in another order": {
      ...right,
      mlx_sum_axis: { args: ["ptr", "ptr", "bool", "i32", "ptr"], returns: "i32" },
    },
    "a result that is too narrow": { ...right, mlx_array_size: { args: ["ptr"], returns: "u32" } },
    "a result where there is none": { ...right, mlx_add: { args: right.mlx_add.args, returns: "void" } },
    "a name that the header does not have": { ...right, mlx_ad: right.mlx_add },
    "rows in another order": {
      mlx_array_size: right.mlx_array_size,
      mlx_add: right.mlx_add,
      mlx_clip: right.mlx_clip,
      mlx_sum_axis: right.mlx_sum_axis,
    },
  } as const;
  for (const [what, table] of Object.entries(planted)) {
    test(what, () => {
      expect(compareTable(prototypes, table, none)).not.toEqual([]);
    });
  }

  test("a row that is missing", () => {
    const { mlx_clip, ...rest } = right;
    expect(mlx_clip.returns).toBe("i32");
    expect(compareTable(prototypes, rest, none)).toEqual(["mlx_clip: missing"]);
  });

  test("a constant that says something else than the type", () => {
    const written = (line: string) =>
      compareTable(prototypes.slice(2, 3), { mlx_clip: right.mlx_clip }, none, parseSource(line));
    const prototype =
      "int mlx_clip(mlx_array* res, const mlx_array a, const mlx_array a_min /* may be null */, const mlx_stream s)";
    expect(
      written(`  mlx_clip: { args: [out, array, nullableArray, stream], returns: status }, // ${prototype}`),
    ).toEqual([]);
    expect(written(`  mlx_clip: { args: [out, array, array, stream], returns: status }, // ${prototype}`)).toHaveLength(
      1,
    );
    expect(
      written(`  mlx_clip: { args: [out, array, nullableArray, stream], returns: int }, // ${prototype}`),
    ).toHaveLength(1);
    expect(
      written("  mlx_clip: { args: [out, array, nullableArray, stream], returns: status }, // int mlx_clip(void)"),
    ).toHaveLength(1);
  });

  test("an argument past the eighth that is smaller than 8 bytes", () => {
    const eight = ["ptr", "ptr", "ptr", "ptr", "u64", "u64", "i32", "bool"] as const;
    expect(packedStackRows({ safe: { args: [...eight, "ptr", "u64"], returns: "i32" } })).toEqual([]);
    expect(packedStackRows({ floats: { args: ["f32", "f64", ...eight], returns: "i32" } })).toEqual([]);
    expect(packedStackRows({ int: { args: [...eight, "i32", "ptr"], returns: "i32" } })).toEqual(["int"]);
    expect(packedStackRows({ bool: { args: [...eight, "ptr", "bool"], returns: "i32" } })).toEqual(["bool"]);
  });

  test("each function of ops.h that is left unbound for that reason, and no other", () => {
    const asTable = Object.fromEntries(
      prototypesOf("ops").map(({ name, args }) => [
        name,
        { args: args.map(({ type }) => (type === "int" ? "i32" : type === "bool" ? "bool" : "ptr")), returns: "i32" },
      ]),
    ) as unknown as typeof symbols;
    expect(packedStackRows(asTable)).toEqual(Object.keys(unbound).filter((name) => unbound[name]?.includes("packed")));
  });
});
