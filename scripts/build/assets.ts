/** The files that an executable carries, and the module that names them. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { sha256File } from "../../src/core/hash.ts";
import { compressedGrammars } from "./grammars.ts";
import { modelFolder, type Target, wasmFolder } from "./targets.ts";

/** Logical name, as `src/core/assets.ts` exports it, to the file on this machine. */
export type AssetFiles = ReadonlyMap<string, string>;

/** The logical name of LanceDB's addon. */
export const lancedbAsset = "addon/lancedb.node";

/** Files of the model folder that the program reads; its documentation stays out. */
const MODEL_FILE = /\.(json|safetensors)$/;

export function collectAssets(target: Target): AssetFiles {
  const files = new Map<string, string>();
  if (existsSync(join(target.libraries.folder, "..", "nvidia"))) {
    throw new Error("the MLX in .mlx is for CUDA, too large to embed; rm -rf .mlx, then scripts/build-mlx-c.sh");
  }
  for (const file of filesBelow(target.libraries.folder, target.setup)) {
    if (target.libraries.pattern.test(file)) files.set(`lib/${file}`, join(target.libraries.folder, file));
  }
  for (const file of filesBelow(modelFolder, "scripts/setup.sh")) {
    if (MODEL_FILE.test(file) && file !== "data_config.json") files.set(`model/${file}`, join(modelFolder, file));
  }
  for (const file of filesBelow(wasmFolder, "bun scripts/build-wasm.ts")) {
    if (file.endsWith(".wasm")) files.set(`wasm/${file}`, join(wasmFolder, file));
  }
  for (const [name, file] of compressedGrammars()) files.set(name, file);
  if (!existsSync(target.lancedbAddon)) throw missing(target.lancedbAddon, target.setup);
  files.set(lancedbAsset, target.lancedbAddon);
  return new Map([...files].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function filesBelow(folder: string, setup: string): string[] {
  if (!existsSync(folder)) throw missing(folder, setup);
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
}

const missing = (path: string, setup: string) => new Error(`${path} is missing; make it with: ${setup}`);

/** Source of the module that takes the place of `src/core/assets.ts`. */
export async function assetsModule(files: AssetFiles): Promise<string> {
  const imports: string[] = [];
  const paths: string[] = [];
  const hashes: string[] = [];
  for (const [name, file] of files) {
    const variable = `file${imports.length}`;
    imports.push(`import ${variable} from ${JSON.stringify(file)} with { type: "file" };`);
    paths.push(`  ${JSON.stringify(name)}: ${variable},`);
    hashes.push(`  ${JSON.stringify(name)}: ${JSON.stringify(await sha256File(file))},`);
  }
  return [
    ...imports,
    "export const assets = {",
    ...paths,
    "};",
    "export const assetHashes = {",
    ...hashes,
    "};",
    "",
  ].join("\n");
}
