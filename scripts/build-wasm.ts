/** Compiles the kernels of `src/wasm/kernels/` into `.wasm/`, each only when its source has changed. */
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { version } from "assemblyscript/package.json";
import { sha256 } from "../src/core/hash.ts";

const root = join(import.meta.dir, "..");
const sources = join(root, "src", "wasm", "kernels");
const out = join(root, ".wasm");
const options = ["-O3", "--runtime", "stub", "--enable", "simd", "--noAssert", "--importMemory"];

mkdirSync(out, { recursive: true });
// Kernels share files, so that a change of any makes all of them again.
const everything = (readdirSync(sources, { recursive: true }) as string[])
  .filter((name) => name.endsWith(".ts"))
  .sort()
  .map((name) => readFileSync(join(sources, name)));
const key = sha256(version, options.join(" "), ...everything);
for (const file of readdirSync(sources).filter((name) => name.endsWith(".ts"))) {
  const name = file.slice(0, -3);
  const stamp = join(out, `${name}.sha256`);
  if (read(stamp) === key && read(join(out, `${name}.wasm`)) !== undefined) continue;
  const fresh = join(out, `${name}.${process.pid}.new`);
  const compiler = join(root, "node_modules", ".bin", "asc");
  const run = Bun.spawnSync([process.execPath, compiler, join(sources, file), "-o", fresh, ...options]);
  if (run.exitCode !== 0) {
    console.error(`error: ${file} does not compile\n${run.stderr}${run.stdout}`);
    process.exit(1);
  }
  renameSync(fresh, join(out, `${name}.wasm`));
  writeFileSync(stamp, key);
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return undefined;
  }
}
