/** MLX's library: which file was loaded, and whether its version is the pinned one. */
import { library as openedLibrary } from "../mlx/runtime.ts";
import { loadedVersion, pinned } from "../mlx/version.ts";
import type { CheckResult } from "./check.ts";

export default function library(): CheckResult {
  const { path, origin } = openedLibrary();
  const loaded = loadedVersion();
  const ok = loaded === pinned.mlx;
  const detail = `MLX ${loaded} through mlx-c ${pinned.mlxC}, from ${path} (${origin})`;
  return {
    ok,
    detail,
    hint: ok ? undefined : `mdp is made for MLX ${pinned.mlx}; unset MDP_MLXC or install mdp again`,
  };
}
