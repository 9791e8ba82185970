/** Standard output is data: writes wait until they are taken, and their errors reach the command. */
import { jsonText, safeText } from "./ui/sanitize.ts";

let writer: Bun.FileSink | undefined;

/** Writes to stdout. @throws an error with code `EPIPE` when the reader is gone, which ends the command quietly. */
export async function writeOut(text: string): Promise<void> {
  writer ??= Bun.stdout.writer();
  // A long text makes `write` itself wait; a promise left alone would report a closed pipe as a crash.
  await writer.write(text);
  await writer.flush();
}

/** Text that a model wrote: as it is for a program or a file, without what drives a terminal for people. */
export function writeModelText(text: string): Promise<void> {
  return writeOut(process.stdout.isTTY ? safeText(text) : text);
}

/** One JSON object on its own line. */
export function writeJson(value: unknown): Promise<void> {
  return writeOut(`${jsonText(value)}\n`);
}

export function isBrokenPipe(error: unknown): boolean {
  return (error as { code?: unknown } | null)?.code === "EPIPE";
}
