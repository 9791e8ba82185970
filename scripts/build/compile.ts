/** Compiles one executable: code, runtime, native libraries and the default model in one file. */
import { mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import type { BunPlugin } from "bun";
import { assetsModule, collectAssets, lancedbAsset } from "./assets.ts";
import { root, type Target } from "./targets.ts";

const assetsPath = join(root, "src", "core", "assets.ts");
const unpackPath = join(root, "src", "core", "unpack.ts");

/** LanceDB's generated loader, which asks for every platform's addon in turn. */
const addonLoader = /[\\/]@lancedb[\\/]lancedb[\\/]dist[\\/]native\.js$/;

/** Optional parts of LanceDB (its own embedding functions) that the program never calls. */
const neverCalled = ["openai", "@huggingface/transformers"];

/** Puts the target's native files in, and keeps every other platform's out. */
function nativeFiles(assetsSource: string): BunPlugin {
  return {
    name: "native-files",
    setup(build) {
      build.onLoad({ filter: /[\\/]src[\\/]core[\\/]assets\.ts$/ }, ({ path }) => {
        if (path !== assetsPath) throw new Error(`${path} is not the module of embedded files`);
        return { contents: assetsSource, loader: "ts" };
      });
      build.onLoad({ filter: addonLoader }, () => ({
        // Bun would write an embedded addon to the shared temporary folder; ours is private, checked and kept.
        contents: `
          const { unpackAsset } = require(${JSON.stringify(unpackPath)});
          process.dlopen(module, unpackAsset(${JSON.stringify(lancedbAsset)}));`,
        loader: "js",
      }));
      build.onResolve({ filter: /\.node$/ }, ({ path, importer }) => {
        if (importer === assetsPath) return undefined;
        throw new Error(`${importer} loads the addon ${path}, which scripts/build does not know`);
      });
    },
  };
}

/** Writes the executable for `target` to `outfile`, by renaming, so that a running one is not disturbed. */
export async function compile(target: Target, outfile: string, entry = join(root, "src", "main.ts")): Promise<void> {
  const assetsSource = await assetsModule(collectAssets(target));
  mkdirSync(dirname(outfile), { recursive: true });
  const workFolder = mkdtempSync(join(dirname(outfile), ".building-"));
  const fresh = join(workFolder, "mdp");
  try {
    await Bun.build({
      entrypoints: [entry],
      root,
      format: "esm",
      splitting: true,
      minify: true,
      // Parsing took more than half of the start: `mdp --version` takes 17 ms of processor time with it, 33 without.
      bytecode: true,
      external: neverCalled,
      plugins: [nativeFiles(assetsSource)],
      compile: {
        target: target.bun,
        outfile: fresh,
        // The executable runs in the user's folders: their settings for Bun are not ours.
        autoloadDotenv: false,
        autoloadBunfig: false,
        autoloadTsconfig: false,
        autoloadPackageJson: false,
      },
    });
    renameSync(fresh, outfile);
  } finally {
    rmSync(workFolder, { recursive: true, force: true });
  }
}
