/** The reader process: reads files on request, one at a time, and ends when its parent does. */
import { dieWithParent, parseLines, replyChannel } from "../../core/child.ts";
import type { Guess } from "../formats/format.ts";
import { formats } from "../formats/index.ts";
import { membersAt } from "./members.ts";
import { openInput } from "./open.ts";
import type { ReadRequest, Reply } from "./protocol.ts";
import { rejectOf } from "./reject.ts";

/** Runs until stdin ends. */
export async function serveReader(): Promise<void> {
  dieWithParent();
  const send = replyChannel<Reply>();
  for await (const request of parseLines<ReadRequest>(Bun.stdin.stream())) {
    try {
      await using input = await openInput(request.path, request.uri, undefined, request.range);
      const format = await formats.load(request.format);
      await send({ begun: true });
      const guesses: Guess[] = [];
      const options = {
        ...request.options,
        onGuess: (guess: Guess) => void guesses.push(guess),
        members: membersAt(1),
      };
      for await (const read of format.read(input, options)) {
        for (const guess of guesses.splice(0)) await send({ guess });
        await send({ read });
      }
      await send({ done: true });
    } catch (error) {
      await send({ failed: rejectOf(request.uri, error) });
    }
  }
  process.exit(0);
}
