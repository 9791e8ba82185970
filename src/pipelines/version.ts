/** `version`: what this program is made of; the MLX versions are the pinned ones, and nothing is loaded to tell. */
import { version } from "../../package.json";
import { pinned } from "../mlx/version.ts";

export interface Versions {
  mdp: string;
  bun: string;
  mlxC: string;
  mlx: string;
  /** `linux-x64`, `darwin-arm64`. */
  platform: string;
}

export function versions(): Versions {
  const { mlxC, mlx } = pinned;
  return { mdp: version, bun: Bun.version, mlxC, mlx, platform: `${process.platform}-${process.arch}` };
}
