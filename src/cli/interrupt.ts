/** Ctrl-C and SIGTERM: the first asks the work to stop, the second ends the process at once. */
import { writeError } from "./output.ts";

const INTERRUPTED = 130;

/**
 * Runs work that can be stopped. Without this a signal ends the process, which is right for commands that change
 * nothing.
 */
export async function interruptible<T>(quiet: boolean, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const stop = () => {
    if (controller.signal.aborted) process.exit(INTERRUPTED);
    if (!quiet) writeError("\nstopping; once more stops at once\n");
    controller.abort();
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  try {
    return await work(controller.signal);
  } finally {
    process.off("SIGINT", stop);
    process.off("SIGTERM", stop);
  }
}
