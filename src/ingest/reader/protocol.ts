/** What parent and reader process say to each other: one JSON value per line, over the child's stdin and stdout. */
import type { Read, Reject } from "../../core/document.ts";

/** The argument that makes the executable a reader process. */
export const READER_ARGUMENT = "__reader";

export interface ReadRequest {
  path: string;
  uri: string;
  format: string;
  options: { maxDocumentBytes: number; textField?: string | undefined; idField?: string | undefined };
}

/** Replies to one request: any number of `read`, then `done` or `failed`. */
export type Reply = { read: Read } | { done: true } | { failed: Reject };

/** Splits a stream of bytes into parsed lines. */
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
