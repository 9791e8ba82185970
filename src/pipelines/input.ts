/** What a command reads its lines from: a file, or standard input. */
import { MdpError } from "../core/errors.ts";

/** @param input a file's path, or `-` for standard input. @throws MdpError `not-found` */
export async function openInput(input: string): Promise<AsyncIterable<Uint8Array>> {
  if (input === "-") return Bun.stdin.stream();
  const file = Bun.file(input);
  if (await file.exists()) return file.stream();
  throw new MdpError({
    code: "not-found",
    message: "there is no such file",
    where: input,
    hint: "give a file of texts, or - to read standard input",
  });
}
