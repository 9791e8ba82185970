/** `mdp --help` starts at once: what it imports stays small, and a command's own imports wait for the command. */
import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";

const ROOT = resolve(import.meta.dir, "../..");
const transpiler = new Bun.Transpiler({ loader: "ts" });

/** Files and packages that come with a file, without what it loads later by `import()`. */
function closure(entry: string): string[] {
  const seen = new Set<string>();
  const visit = (file: string) => {
    const name = relative(ROOT, file);
    if (seen.has(name)) return;
    seen.add(name);
    if (!file.endsWith(".ts")) return;
    for (const { kind, path } of transpiler.scanImports(readFileSync(file, "utf8"))) {
      if (kind !== "import-statement") continue;
      if (path.startsWith(".")) visit(join(dirname(file), path));
      else seen.add(path);
    }
  };
  visit(join(ROOT, entry));
  return [...seen].sort();
}

describe("what is loaded", () => {
  test("by the entry is nothing", () => {
    expect(closure("src/main.ts")).toEqual(["src/main.ts"]);
  });

  test("for the overview is the command line's own light part", () => {
    const loaded = closure("src/cli/main.ts");
    expect(loaded).toContain("src/cli/help.ts");
    expect(loaded.filter((name) => !/^src\/(cli|core)\//.test(name))).toEqual(["citty", "node:util"]);
  });

  test.each(["version", "config/show", "config/check", "config/schema"])(
    "for mdp %s is no model and no store",
    (name) => {
      const heavy = closure(`src/cli/commands/${name}.ts`).filter((path) =>
        /^(src\/(store|models)\/(?!config)|@lancedb)/.test(path),
      );
      expect(heavy).toEqual([]);
    },
  );

  test("for data alone is no logger", () => {
    for (const name of ["search", "status", "version"]) {
      expect(closure(`src/cli/commands/${name}.ts`).filter((path) => path.startsWith("consola"))).toEqual([]);
    }
  });

  test("for mdp status is no MLX", () => {
    expect(closure("src/cli/commands/status.ts").filter((path) => /^(src\/mlx|ffi)\//.test(path))).toEqual([]);
  });
});
