/** `.mdp/rejects.jsonl`: every record that is refused at present, one JSON object a line. */
import { createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { State } from "../../manifest/state.ts";

/** Writes the file anew from the state; its path, or null when nothing is refused. */
export async function writeRejects(stateDir: string, state: State): Promise<string | null> {
  const file = join(stateDir, "rejects.jsonl");
  if (state.totals().failing === 0) {
    await rm(file, { force: true });
    return null;
  }
  const temporary = `${file}.${process.pid}.tmp`;
  await pipeline(Readable.from(lines(state)), createWriteStream(temporary));
  await rename(temporary, file);
  return file;
}

function* lines(state: State): Generator<string> {
  for (const { path, row, field, code, reason, hint, excerpt } of state.problems()) {
    yield `${JSON.stringify({ path, row, field, code, reason, hint, excerpt })}\n`;
  }
}
