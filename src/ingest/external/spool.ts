/** What a source gives, kept in a file until it is ingested: the same output leaves the file untouched. */
import { existsSync } from "node:fs";
import { MdpError } from "../../core/errors.ts";
import { sha256File } from "../../core/hash.ts";
import { NewFile } from "../../core/new-file.ts";
import { type CommandRun, type Line, runCommand, splitLines } from "./run.ts";

/**
 * Runs a source to its end and keeps its lines at `path`.
 *
 * @throws MdpError when the command fails or gives more than `maxBytes`; what was kept before then stays
 */
export async function spool(run: CommandRun, path: string, maxBytes: number): Promise<void> {
  const file = await NewFile.create(path);
  const hash = new Bun.CryptoHasher("sha256");
  let bytes = 0;
  let lines = 0;
  const write = async (text: string) => {
    const encoded = Buffer.from(`${text}\n`);
    bytes += encoded.length;
    if (bytes > maxBytes) throw tooMuch(run.name, maxBytes);
    hash.update(encoded);
    await file.append(encoded);
    lines++;
  };
  try {
    for await (const line of runCommand(run)) {
      // Lines keep their numbers, by which rejects name them.
      while (lines < line.number - 1) await write("");
      await write(
        line.text ??
          JSON.stringify({ error: `the document has ${line.bytes} bytes, more than the limit of ${run.maxLineBytes}` }),
      );
    }
    const same = existsSync(path) && (await sha256File(path)) === hash.digest("hex");
    if (!same) return await file.commit();
  } catch (error) {
    await file.discard();
    throw error;
  }
  await file.discard();
}

/** The lines of a spooled file. */
export async function* spooledLines(path: string): AsyncGenerator<Line> {
  const chunks = Bun.file(path).stream()[Symbol.asyncIterator]();
  yield* splitLines(() => chunks.next(), Number.POSITIVE_INFINITY);
}

function tooMuch(name: string, maxBytes: number): MdpError {
  return new MdpError({
    code: "source-too-large",
    message: `the command of ${name} gave more than ${maxBytes} bytes`,
    hint: `raise ${name}.maxBytes`,
  });
}
