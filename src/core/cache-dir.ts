/** The user's cache folder: what can be made again, and is shared by all projects. */
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";

/**
 * `mdp` under `XDG_CACHE_HOME`, else under the platform's own place for caches. A relative `XDG_CACHE_HOME` is ignored,
 * as its specification asks. The folder may not exist yet.
 */
export function userCacheDir(): string {
  const xdg = process.env.XDG_CACHE_HOME;
  if (xdg && isAbsolute(xdg)) return join(xdg, "mdp");
  const home = process.env.HOME || homedir();
  return process.platform === "darwin" ? join(home, "Library", "Caches", "mdp") : join(home, ".cache", "mdp");
}
