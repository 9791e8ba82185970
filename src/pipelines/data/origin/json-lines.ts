/** Files with one object on each line, of any size. */
import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";

/** The objects in their order; empty lines are passed over. */
export async function* jsonLines<T>(path: string): AsyncGenerator<T> {
  const lines = createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY });
  for await (const line of lines) if (line !== "") yield JSON.parse(line) as T;
}
