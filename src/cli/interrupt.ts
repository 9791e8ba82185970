/** Ctrl-C and SIGTERM: the first asks the work to stop, the second ends the process at once. */
import { InterruptedError } from "../core/errors.ts";
import { logFor } from "./ui/log.ts";

const INTERRUPTED = 130;
/** Work that cannot stop by then (it waits for a line of stdin, say) is left as it is, as a power cut would leave it. */
const GRACE_MS = 1500;

export interface InterruptOptions {
  quiet: boolean;
  /** What to tell when the work could not stop in time. */
  hint?: string;
  /** Time to finish what is under way. */
  graceMs?: number;
}

/**
 * Runs work that can be stopped. Without this a signal ends the process, which is right for commands that change
 * nothing.
 */
export async function interruptible<T>(
  options: InterruptOptions,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const log = logFor(options);
  const controller = new AbortController();
  const overdue = Promise.withResolvers<never>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const stop = () => {
    if (controller.signal.aborted) process.exit(INTERRUPTED);
    log.info("\nstopping; once more stops at once");
    controller.abort();
    timer = setTimeout(() => overdue.reject(new InterruptedError(options.hint)), options.graceMs ?? GRACE_MS);
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  try {
    return await Promise.race([work(controller.signal), overdue.promise]);
  } finally {
    clearTimeout(timer);
    process.off("SIGINT", stop);
    process.off("SIGTERM", stop);
  }
}
