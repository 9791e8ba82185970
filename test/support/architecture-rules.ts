/** The rules of ARCHITECTURE.md about who may import whom. Each returns one sentence per violation. */
import { dirname } from "node:path";
import type { SourceFile } from "./source-graph.ts";

/** From the ground up: a folder imports from lower layers only, never from its own or a higher one. */
export const layers: readonly (readonly string[])[] = [
  ["core"],
  ["wasm"],
  ["config", "manifest"],
  ["mlx", "tokenizers", "ingest", "curate"],
  ["store", "models", "shard"],
  ["embed", "search", "train"],
  ["doctor"],
  ["pipelines"],
  ["cli"],
  ["main.ts", "index.ts"],
];

const dataSide = new Set(["ingest", "tokenizers", "curate", "shard", "store"]);
const maxLines = 400;

/** Packages that only these files may import, because a second copy or a second way in does harm. */
const packageOwners: Readonly<Record<string, (path: string) => boolean>> = {
  "@lancedb/lancedb": (path) => path === "src/store/lancedb.ts",
  "apache-arrow": (path) => path === "src/core/arrow.ts",
  "bun:ffi": (path) => path.startsWith("ffi/") || path.startsWith("src/mlx/") || path === "src/core/native.ts",
  "bun:sqlite": (path) => path.startsWith("src/manifest/") || path === "src/embed/vector-cache.ts",
};

/** `ffi`, or the folder (or file) of `src/` that a path lies in; undefined for packages and other places. */
function areaOf(path: string): string | undefined {
  if (path.startsWith("ffi/")) return "ffi";
  return path.startsWith("src/") ? path.split("/")[1] : undefined;
}

function layerOf(area: string): number {
  return layers.findIndex((layer) => layer.includes(area));
}

export function unknownAreas(files: readonly SourceFile[]): string[] {
  const areas = new Set(files.map((file) => areaOf(file.path)));
  return [...areas]
    .filter((area) => area !== undefined && area !== "ffi" && layerOf(area) === -1)
    .map((area) => `src/${area} has no layer: add it to \`layers\``);
}

/** Imports that go up, sideways, or from the data side to MLX. */
export function wrongDirections(files: readonly SourceFile[]): string[] {
  return files.flatMap((file) => {
    const from = areaOf(file.path);
    if (from === undefined) return [];
    return file.imports
      .filter((target) => !isAllowed(from, target))
      .map((target) => `${file.path} imports ${target}, which is not below it`);
  });
}

function isAllowed(from: string, target: string): boolean {
  const to = areaOf(target);
  if (to === undefined || to === from) return true;
  if (to === "ffi") return from === "mlx";
  if (from === "ffi") return false;
  // Each folder owns its settings; one schema is assembled from them.
  if (from === "config" && /^src\/[^/]+\/([^/]+\/)?config\.ts$/.test(target)) return true;
  if (to === "mlx" && dataSide.has(from)) return false;
  return layerOf(to) < layerOf(from);
}

/** Entries of one registry (files that one file loads lazily from one folder) that import each other. */
export function entangledSiblings(files: readonly SourceFile[]): string[] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  return files.flatMap((registry) =>
    registry.lazy.flatMap((entry) => {
      const siblings = registry.lazy.filter((other) => other !== entry && dirname(other) === dirname(entry));
      const taken = byPath.get(entry)?.imports.filter((target) => siblings.includes(target)) ?? [];
      return taken.map((target) => `${entry} imports its sibling ${target}: shared parts go to a shared/ folder`);
    }),
  );
}

/** Chains of imports that come back to their first file; each is named once. */
export function cycles(files: readonly SourceFile[]): string[] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const done = new Set<string>();
  const found: string[] = [];
  const visit = (path: string, chain: string[]) => {
    const seen = chain.indexOf(path);
    if (seen !== -1) found.push([...chain.slice(seen), path].join(" → "));
    if (seen !== -1 || done.has(path)) return;
    for (const target of byPath.get(path)?.imports ?? []) if (byPath.has(target)) visit(target, [...chain, path]);
    done.add(path);
  };
  for (const file of files) visit(file.path, []);
  return found;
}

export function wrongPackages(files: readonly SourceFile[]): string[] {
  return files.flatMap((file) =>
    file.imports
      .filter((target) => Object.hasOwn(packageOwners, target) && !packageOwners[target]!(file.path))
      .map((target) => `${file.path} imports ${target}, which is not its to import`),
  );
}

export function tooLong(files: readonly SourceFile[]): string[] {
  return files
    .filter((file) => file.lines > maxLines && !file.path.startsWith("ffi/symbols/"))
    .map((file) => `${file.path} has ${file.lines} lines; the limit is ${maxLines}`);
}
