/** The platforms for which an executable is made, and where the native parts of each lie. */
import { join } from "node:path";

export interface Target {
  readonly name: "linux-x64" | "darwin-arm64";
  /** Bun's name for the runtime that the executable carries. */
  readonly bun: "bun-linux-x64" | "bun-darwin-arm64";
  /** Folder with MLX's libraries, and which of its files are embedded. */
  readonly libraries: { readonly folder: string; readonly pattern: RegExp };
  /** LanceDB's native addon, the only one among the dependencies. */
  readonly lancedbAddon: string;
  /** The command that makes the missing parts. */
  readonly setup: string;
}

export const root = join(import.meta.dir, "..", "..");

export const host = `${process.platform}-${process.arch}`;

const lancedbAddon = (nodeModules: string, platform: string) =>
  join(nodeModules, "@lancedb", `lancedb-${platform}`, `lancedb.${platform}.node`);

export const targets: readonly Target[] = [
  {
    name: "linux-x64",
    bun: "bun-linux-x64",
    libraries: { folder: join(root, ".mlx", "lib"), pattern: /\.so(\.\d+)*$/ },
    lancedbAddon: lancedbAddon(join(root, "node_modules"), "linux-x64-gnu"),
    setup: "scripts/setup.sh",
  },
  host === "darwin-arm64"
    ? {
        name: "darwin-arm64",
        bun: "bun-darwin-arm64",
        libraries: { folder: join(root, ".mlx", "lib"), pattern: /\.(dylib|metallib)$/ },
        lancedbAddon: lancedbAddon(join(root, "node_modules"), "darwin-arm64"),
        setup: "scripts/setup.sh",
      }
    : {
        name: "darwin-arm64",
        bun: "bun-darwin-arm64",
        libraries: { folder: join(root, ".mlx-darwin", "lib"), pattern: /\.(dylib|metallib)$/ },
        lancedbAddon: lancedbAddon(join(root, ".tools", "darwin-arm64", "node_modules"), "darwin-arm64"),
        setup: "scripts/setup.sh --cross",
      },
];

/** Folder of the default model, embedded in every executable. */
export const modelFolder = join(root, ".models", "all-MiniLM-L6-v2");

/** Folder of the compiled WebAssembly kernels, the same for every target. */
export const wasmFolder = join(root, ".wasm");

/** Where a target's executable goes: `./mdp` for this machine, `dist/` for another. */
export const outfileOf = (target: Target) =>
  target.name === host ? join(root, "mdp") : join(root, "dist", `mdp-${target.name}`);

/** The command that makes a target's executable. */
export const buildCommandOf = (target: Target) =>
  target.name === host ? "scripts/build.sh" : `scripts/build.sh --target ${target.name}`;
