/** SHA-256 of what a task reads: a file, or some of its lines. */
import type { InputLine } from "./split-inputs.ts";

export async function hashInput({ path, range }: Pick<InputLine, "path" | "range">): Promise<string> {
  const hasher = new Bun.CryptoHasher("sha256");
  const file = Bun.file(path);
  for await (const part of (range ? file.slice(range.start, range.end) : file).stream()) hasher.update(part);
  return hasher.digest("hex");
}
