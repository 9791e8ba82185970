/** The imports of every source file, as the bundler sees them: imports of types only leave no trace. */
import { dirname, join } from "node:path";

export interface SourceFile {
  /** Path from the repository's root, with `/`. */
  path: string;
  lines: number;
  /** Repository paths for relative imports, package names as written for others. */
  imports: string[];
  /** Those of `imports` that are loaded by `import()` only. */
  lazy: string[];
}

export const repository = join(import.meta.dir, "../..");

const transpiler = new Bun.Transpiler({ loader: "ts" });

export async function readSources(pattern: string): Promise<SourceFile[]> {
  const paths = [...new Bun.Glob(pattern).scanSync(repository)].map((path) => path.replaceAll("\\", "/")).sort();
  return Promise.all(paths.map(async (path) => scan(path, await Bun.file(join(repository, path)).text())));
}

export function scan(path: string, source: string): SourceFile {
  const found = transpiler.scanImports(source).map((item) => ({ ...item, target: targetOf(path, item.path) }));
  const eager = new Set(found.filter((item) => item.kind !== "dynamic-import").map((item) => item.target));
  const imports = [...new Set(found.map((item) => item.target))];
  return {
    path,
    lines: source.trimEnd().split("\n").length,
    imports,
    lazy: imports.filter((target) => !eager.has(target)),
  };
}

function targetOf(from: string, specifier: string): string {
  return specifier.startsWith(".") ? join(dirname(from), specifier).replaceAll("\\", "/") : specifier;
}
