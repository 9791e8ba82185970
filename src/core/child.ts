/** Child processes of this very program: how they are started, what both sides say, and that none outlives its parent. */
import { join } from "node:path";

/** The command that starts this program in a role of its own: the executable, or its source in development. */
export function selfCommand(role: string): string[] {
  const compiled = import.meta.path.startsWith("/$bunfs/") || import.meta.path.includes("~BUN");
  if (compiled) return [process.execPath, role];
  return [process.execPath, join(import.meta.dir, "..", "main.ts"), role];
}

/** Splits a stream of bytes into parsed JSON lines. */
export async function* parseLines<T>(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<T, void, undefined> {
  const parts: Uint8Array[] = [];
  for await (const part of bytes) {
    let start = 0;
    for (let end = part.indexOf(10); end !== -1; end = part.indexOf(10, start)) {
      parts.push(part.subarray(start, end));
      const line = Buffer.concat(parts).toString("utf8");
      parts.length = 0;
      start = end + 1;
      if (line !== "") yield JSON.parse(line) as T;
    }
    if (start < part.length) parts.push(part.slice(start));
  }
}

/** Makes stdout ours: replies, one JSON value a line. Whatever a library prints goes to stderr. */
export function replyChannel<T>(): (reply: T) => Promise<void> {
  console.log = console.error;
  console.info = console.error;
  console.debug = console.error;
  const stdout = Bun.stdout.writer();
  return async (reply) => {
    // A large reply makes `write` itself wait; left alone, its error would be nobody's.
    try {
      await stdout.write(`${JSON.stringify(reply)}\n`);
      await stdout.flush();
    } catch (error) {
      // The parent was killed: nobody is left to be told of anything.
      if ((error as { code?: unknown }).code === "EPIPE") process.exit(1);
      throw error;
    }
  };
}

/** Stdin's end goes unseen while a library computes; a thread of its own sees that the parent is gone. */
export function dieWithParent(): void {
  const source = `
    const parent = ${process.ppid};
    setInterval(() => { if (process.ppid !== parent) process.kill(process.pid, "SIGKILL"); }, 500);
  `;
  const url = URL.createObjectURL(new Blob([source], { type: "application/javascript" }));
  new Worker(url).unref();
}
