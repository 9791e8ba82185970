/** What `launchRanks` and the processes that it starts agree on. */
import { join } from "node:path";

/** Environment variable: the folder of the run, where each process notes its steps. */
export const RUN_FOLDER = "MDP_RANK_FOLDER";
/** Environment variable: number of the process to die with. */
export const RUN_PARENT = "MDP_RANK_PARENT";

/** The file in which a process notes how many steps it has made. */
export function beatFile(folder: string, rank: number): string {
  return join(folder, `beat-${rank}`);
}

/** The file in which each process notes its number as it leaves the run, so that who left first stands first. */
export function leftFile(folder: string): string {
  return join(folder, "left");
}
