/** The macOS executable, looked into without a Mac: format, embedded parts, and what its libraries offer and ask for. */
import { beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { symbols } from "../../ffi/symbols/index.ts";
import { collectAssets, lancedbAsset } from "../../scripts/build/assets.ts";
import { contains, executableOf, mapped, requireFile, targetNamed } from "./artefacts.ts";
import { checkCodeSignature } from "./code-signature.ts";
import { type MachO, readMachO } from "./mach-o.ts";

const target = targetNamed("darwin-arm64");

function expectIntactSignature(file: Buffer): void {
  const { signature } = readMachO(file);
  expect(signature).toBeDefined();
  expect(checkCodeSignature(file, signature!)).toMatchObject({ adHoc: true, broken: [], uncovered: 0 });
}

describe("the macOS executable", () => {
  let bytes: Buffer;
  beforeAll(() => {
    bytes = mapped(executableOf(target));
  });

  test("is a 64-bit arm64 Mach-O executable", () => {
    expect(readMachO(bytes)).toMatchObject({ cpu: "arm64", fileType: "executable" });
  });

  test("has the signature without which a Mac ends it at its start, and every page agrees with it", () => {
    expectIntactSignature(bytes);
  });

  test("links only what macOS itself brings", () => {
    for (const library of readMachO(bytes).libraries) expect(library).toMatch(/^\/(usr\/lib|System)\//);
  });

  test.each([...collectAssets(target)])("carries %s unchanged", (_name, file) => {
    expect(contains(bytes, mapped(file))).toBe(true);
  });

  test("carries MLX, its kernels and LanceDB", () => {
    expect([...collectAssets(target).keys()]).toEqual(
      expect.arrayContaining([
        lancedbAsset,
        "lib/libmlx.dylib",
        "lib/libmlxc.dylib",
        "lib/mlx.metallib",
        "model/model.safetensors",
        "model/tokenizer.json",
      ]),
    );
  });

  test("carries no Linux binary", () => {
    const elf = Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
    expect(bytes.indexOf(elf)).toBe(-1);
    expect(bytes.indexOf("lancedb.linux-")).toBe(-1);
  });
});

describe("LanceDB's addon for macOS", () => {
  test("is an arm64 Mach-O library that Node-API can load", () => {
    const addon = readMachO(mapped(requireFile(target.lancedbAddon, target.setup)));
    expect(addon).toMatchObject({ cpu: "arm64", fileType: "dylib" });
    expect(addon.exports.has("napi_register_module_v1")).toBe(true);
  });
});

describe("libmlxc.dylib", () => {
  let mlxc: MachO;
  let mlx: MachO;
  beforeAll(() => {
    const library = (name: string) => readMachO(mapped(requireFile(join(target.libraries.folder, name), target.setup)));
    mlxc = library("libmlxc.dylib");
    mlx = library("libmlx.dylib");
  });

  test("is for arm64 and runs from macOS 14 on, as MLX's own library does", () => {
    expect(mlxc).toMatchObject({ cpu: "arm64", fileType: "dylib", minimumOs: "14.0" });
    expect(mlx).toMatchObject({ cpu: "arm64", fileType: "dylib", minimumOs: "14.0" });
  });

  test("is signed as it stands", () => {
    for (const name of ["libmlxc.dylib", "libmlx.dylib"])
      expectIntactSignature(mapped(join(target.libraries.folder, name)));
  });

  test("finds MLX beside itself, wherever both are unpacked", () => {
    expect(mlxc.runPaths).toEqual(["@loader_path"]);
    expect(mlxc.libraries).toContain("@rpath/libmlx.dylib");
    expect(mlx.id).toBe("@rpath/libmlx.dylib");
  });

  test("exports every symbol of the tables", () => {
    expect(Object.keys(symbols).filter((name) => !mlxc.exports.has(name))).toEqual([]);
    expect(mlxc.exports.has("mlx_no_such_function")).toBe(false);
  });

  test("asks MLX only for what MLX exports", () => {
    const asked = [...mlxc.imports].filter(([, library]) => library === "@rpath/libmlx.dylib").map(([name]) => name);
    expect(asked.length).toBeGreaterThan(300);
    expect(asked.filter((name) => !mlx.exports.has(name))).toEqual([]);
  });

  test("shares the system's C++ library with MLX, so that it catches what MLX throws", () => {
    const cxx = ["__cxa_throw", "__cxa_begin_catch", "_ZNSt13runtime_errorD1Ev", "_ZTISt9exception"];
    for (const name of cxx) {
      expect(mlxc.exports.has(name), `${name} is its own`).toBe(false);
      expect(mlxc.imports.has(name), `${name} is looked up`).toBe(true);
    }
    expect([...mlxc.libraries, ...mlx.libraries]).toContain("/usr/lib/libc++.1.dylib");
  });

  test("asks the C++ library for nothing that macOS 14 does not have", () => {
    expect([...mlxc.imports.keys()].filter((name) => name.includes("__hash_memory"))).toEqual([]);
  });
});
