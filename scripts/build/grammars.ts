/** The grammars of the code chunker, compressed: 33 MB become 2 MB, and each is unpacked in a few milliseconds. */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { sha256 } from "../../src/core/hash.ts";
import {
  type Grammar,
  grammarAsset,
  grammarFiles,
  runtimeFile,
} from "../../src/ingest/chunkers/shared/tree-sitter/grammars.ts";
import { wasmFolder } from "./targets.ts";

const LEVEL = 19;

/** Logical names and compressed files, which are made where they are missing and kept by the content's hash. */
export function compressedGrammars(): [string, string][] {
  const folder = join(wasmFolder, "grammars");
  mkdirSync(folder, { recursive: true });
  const files: [Grammar | "runtime", string][] = [
    ["runtime", runtimeFile],
    ...(Object.entries(grammarFiles) as [Grammar, string][]),
  ];
  return files.map(([name, file]) => {
    const bytes = readFileSync(Bun.resolveSync(file, import.meta.dir));
    const compressed = join(folder, `${name}-${sha256(bytes).slice(0, 16)}.zst`);
    if (!existsSync(compressed)) {
      const fresh = `${compressed}.${process.pid}.new`;
      writeFileSync(fresh, Bun.zstdCompressSync(bytes, { level: LEVEL }));
      renameSync(fresh, compressed);
    }
    return [grammarAsset(name), compressed];
  });
}
