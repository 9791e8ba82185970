/** The reader process: reads files on request, one at a time, and ends when its parent does. */
import { formats } from "../formats/index.ts";
import { openInput } from "./open.ts";
import { parseLines, type ReadRequest, type Reply } from "./protocol.ts";
import { rejectOf } from "./reject.ts";

/** Runs until stdin ends. */
export async function serveReader(): Promise<void> {
  // Replies own stdout; whatever a library prints goes to stderr.
  console.log = console.error;
  console.info = console.error;
  console.debug = console.error;
  dieWithParent();
  const stdout = Bun.stdout.writer();
  const send = async (reply: Reply) => {
    // A large reply makes `write` itself wait; left alone, its error would be nobody's.
    await stdout.write(`${JSON.stringify(reply)}\n`);
    await stdout.flush();
  };
  for await (const request of parseLines<ReadRequest>(Bun.stdin.stream())) {
    try {
      await using input = await openInput(request.path, request.uri);
      const format = await formats.load(request.format);
      for await (const read of format.read(input, request.options)) await send({ read });
      await send({ done: true });
    } catch (error) {
      await send({ failed: rejectOf(request.uri, error) });
    }
  }
  process.exit(0);
}

/** Stdin's end goes unseen while a library computes; a thread of its own sees that the parent is gone. */
function dieWithParent(): void {
  const source = `
    const parent = ${process.ppid};
    setInterval(() => { if (process.ppid !== parent) process.kill(process.pid, "SIGKILL"); }, 500);
  `;
  const url = URL.createObjectURL(new Blob([source], { type: "application/javascript" }));
  new Worker(url).unref();
}
