/** Notes, warnings and errors for people: consola, on stderr alone. Only commands that have something to say load it. */
import { type ConsolaInstance, createConsola, LogLevels } from "consola/core";

/** @param quiet notes (`info`) stay away; warnings and errors are printed */
export function logFor({ quiet }: { quiet: boolean }): ConsolaInstance {
  return createConsola({
    level: quiet ? LogLevels.warn : LogLevels.info,
    // Both: consola's own choice is stdout, and stdout is data.
    stdout: process.stderr,
    stderr: process.stderr,
    // Nothing that was said is left out for being said twice, and nothing waits on a timer that an exit would cut off.
    throttle: 0,
    // Texts have their labels and colours already, as the same lines are printed by `mdp status` too.
    reporters: [{ log: ({ args }, { options }) => options.stderr?.write(`${args.join(" ").trimEnd()}\n`) }],
  });
}
