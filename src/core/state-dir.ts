/** The user's state folder: what the user has decided, for all projects; unlike a cache it cannot be made again. */
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";

/**
 * `mdp` under `XDG_STATE_HOME`, else under the platform's own place. A relative `XDG_STATE_HOME` is ignored, as its
 * specification asks. The folder may not exist yet.
 */
export function userStateDir(): string {
  const xdg = process.env.XDG_STATE_HOME;
  if (xdg && isAbsolute(xdg)) return join(xdg, "mdp");
  const home = process.env.HOME || homedir();
  return process.platform === "darwin"
    ? join(home, "Library", "Application Support", "mdp")
    : join(home, ".local", "state", "mdp");
}
