/** Why the system tells of no changes, in words that say what to do. */
import { existsSync, readFileSync } from "node:fs";
import { messageOf } from "../../core/errors.ts";

/** Where Linux keeps its limits, which hold for all programs of a user together. */
const LIMITS = "/proc/sys/fs/inotify";
const ENOUGH = { max_user_watches: 1_048_576, max_user_instances: 1_024 } as const;

export interface Trouble {
  reason: string;
  /** The way out, where there is one. */
  hint: string | undefined;
}

/** @param error what watching the folder failed with */
export function troubleOf(error: unknown, dir: string): Trouble {
  const code = (error as { code?: unknown } | null)?.code;
  if (code === "ENOSPC") return limitTrouble("max_user_watches", "watched folders");
  if (code === "EMFILE" && existsSync(LIMITS)) return limitTrouble("max_user_instances", "watching programs");
  const hint = code === "EMFILE" ? "raise the limit of open files: ulimit -n 65536" : undefined;
  return { reason: `${dir}: ${messageOf(error)}`, hint };
}

function limitTrouble(name: keyof typeof ENOUGH, what: string): Trouble {
  const limit = limitOf(name);
  const enough = Math.max(ENOUGH[name], 2 * (limit ?? 0));
  return {
    reason: `the limit of ${what} is reached, fs.inotify.${name}${limit === undefined ? "" : ` = ${limit}`}`,
    hint: `raise it with: sudo sysctl fs.inotify.${name}=${enough}; or leave folders out (.mdpignore)`,
  };
}

function limitOf(name: string): number | undefined {
  try {
    return Number(readFileSync(`${LIMITS}/${name}`, "utf8"));
  } catch {
    return undefined;
  }
}
