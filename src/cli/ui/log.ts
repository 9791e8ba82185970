/** Notes, warnings and errors for people: consola, on stderr alone. Only commands that have something to say load it. */
import { type ConsolaInstance, createConsola, LogLevels } from "consola/core";
import { type LogLevel, say } from "../../core/log.ts";
import { tellsPeople, terminalLog } from "../log.ts";

/**
 * @param quiet notes (`info`) stay away; warnings and errors are printed
 * @param recorded what the texts say is in the log already, as records of facts
 */
export function logFor({ quiet, recorded = false }: { quiet: boolean; recorded?: boolean }): ConsolaInstance {
  return createConsola({
    level: quiet && terminalLog.format === "text" ? LogLevels.warn : LogLevels.info,
    // Both: consola's own choice is stdout, and stdout is data.
    stdout: process.stderr,
    stderr: process.stderr,
    // Nothing that was said is left out for being said twice, and nothing waits on a timer that an exit would cut off.
    throttle: 0,
    reporters: [
      {
        log({ args, type }, { options }) {
          const text = args.join(" ").trimEnd();
          const level = levelOf(type);
          // Texts have their labels and colours already, as the same lines are printed by `mdp status` too.
          if (tellsPeople(level)) options.stderr?.write(`${text}\n`);
          if (!recorded) say(level, Bun.stripANSI(text).trim(), {}, true);
        },
      },
    ],
  });
}

function levelOf(type: string): LogLevel {
  return type === "error" || type === "fatal" ? "error" : type === "warn" ? "warn" : "info";
}
