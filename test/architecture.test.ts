/** Goal: the layers that ARCHITECTURE.md draws are the layers of the code, and stay so. */
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import {
  cycles,
  entangledSiblings,
  layers,
  tooLong,
  unknownAreas,
  wrongDirections,
  wrongPackages,
} from "./support/architecture-rules.ts";
import { readSources, repository, scan } from "./support/source-graph.ts";

const sources = await readSources("{src,ffi}/**/*.ts");
const everything = [...sources, ...(await readSources("{test,bench,scripts}/**/*.ts"))];

describe("the source", () => {
  test("lies in folders that all have a layer, and every layer's folder exists", () => {
    expect(unknownAreas(sources)).toEqual([]);
    for (const area of layers.flat()) {
      expect(sources.some(({ path }) => path === `src/${area}` || path.startsWith(`src/${area}/`))).toBe(true);
    }
  });

  test("imports downwards only; only src/mlx reaches ffi, and the data side reaches neither", () => {
    expect(wrongDirections(sources)).toEqual([]);
  });

  test("has no cycles", () => {
    expect(cycles(sources)).toEqual([]);
  });

  test("has registries whose entries do not know each other", () => {
    expect(entangledSiblings(sources)).toEqual([]);
  });

  test("loads LanceDB and Arrow in one module, SQLite and foreign functions where they belong", () => {
    expect(wrongPackages(sources)).toEqual([]);
  });

  test("keeps every file within 400 lines", () => {
    expect(tooLong(everything)).toEqual([]);
  });
});

describe("a planted violation is found:", () => {
  const plant = (path: string, source: string) => scan(path, source);

  test.each([
    ["core imports a layer above it", "src/core/x.ts", 'import { a } from "../store/a.ts"; a();'],
    ["a folder imports one of its own layer", "src/models/x.ts", 'import { a } from "../store/a.ts"; a();'],
    ["a command reaches past mlx into ffi", "src/cli/x.ts", 'import { a } from "../../ffi/call.ts"; a();'],
    ["ffi imports the project", "ffi/x.ts", 'import { a } from "../src/core/a.ts"; a();'],
    ["the data side imports mlx", "src/store/x.ts", 'import { a } from "../mlx/index.ts"; a();'],
    ["a lazy import goes up", "src/ingest/x.ts", 'export const load = () => import("../pipelines/a.ts");'],
    ["config imports more of a folder than its settings", "src/config/x.ts", 'import { a } from "../store/a.ts"; a();'],
  ])("%s", (_, path, source) => {
    expect(wrongDirections([plant(path, source)])).toHaveLength(1);
  });

  test("settings and lower layers are no violation", () => {
    const config = plant(
      "src/config/x.ts",
      'import { a } from "../store/config.ts"; import { b } from "../core/b.ts"; a(b);',
    );
    const types = plant("src/core/x.ts", 'import type { A } from "../store/a.ts"; export const a: A = 1;');
    expect(wrongDirections([config, types])).toEqual([]);
  });

  test("three files in a ring", () => {
    const ring = ["a", "b", "c"].map((name, index) =>
      plant(`src/core/${name}.ts`, `import { x } from "./${["b", "c", "a"][index]}.ts"; export const y = x;`),
    );
    expect(cycles(ring)).toEqual(["src/core/a.ts → src/core/b.ts → src/core/c.ts → src/core/a.ts"]);
  });

  test("a format that imports another format", () => {
    const registry = plant(
      "src/ingest/formats/index.ts",
      'export const all = [() => import("./a.ts"), () => import("./b.ts")];',
    );
    const entry = plant("src/ingest/formats/a.ts", 'import b from "./b.ts"; import c from "./shared/c.ts"; b(c);');
    expect(entangledSiblings([registry, entry])).toEqual([
      "src/ingest/formats/a.ts imports its sibling src/ingest/formats/b.ts: shared parts go to a shared/ folder",
    ]);
  });

  test("a second way to Arrow, and foreign functions outside their place", () => {
    const files = [
      plant("src/search/x.ts", 'import * as arrow from "apache-arrow"; arrow.x();'),
      plant("src/ingest/x.ts", 'import { dlopen } from "bun:ffi"; dlopen();'),
      plant("src/core/arrow.ts", 'import * as arrow from "apache-arrow"; arrow.x();'),
    ];
    expect(wrongPackages(files)).toHaveLength(2);
  });

  test("a file of 401 lines, unless it is a symbol table", () => {
    const long = `${"\n".repeat(400)}export {};`;
    expect(tooLong([plant("src/core/x.ts", long), plant("ffi/symbols/x.ts", long)])).toHaveLength(1);
  });

  test("a folder without a layer", () => {
    expect(unknownAreas([plant("src/extras/x.ts", "")])).toHaveLength(1);
  });
});

describe("committed text", () => {
  /** Homes and work folders of one machine; Homebrew's prefix on Linux is none. Assembled, so as not to match here. */
  const machinePath = new RegExp(`(^|[^\\w.~-])/(${["root", "work", "Users", "home"].join("|")})/(?!linuxbrew)[\\w.]`);

  test("names no path of anybody's machine", async () => {
    const listed = Bun.spawnSync(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
      cwd: repository,
    });
    expect(listed.exitCode).toBe(0);
    const found: string[] = [];
    for (const path of listed.stdout.toString().split("\0").filter(Boolean)) {
      const file = Bun.file(join(repository, path));
      if (!(await file.exists())) continue;
      const text = await file.text();
      if (text.includes("\0")) continue;
      for (const [index, line] of text.split("\n").entries()) {
        if (machinePath.test(line)) found.push(`${path}:${index + 1}: ${line.trim().slice(0, 120)}`);
      }
    }
    expect(found).toEqual([]);
  });

  test("would be found naming one", () => {
    expect(machinePath.test(`open /${"home"}/ada/notes`)).toBe(true);
    expect(machinePath.test("https://example.org/home/page and ./work/x")).toBe(false);
  });
});
