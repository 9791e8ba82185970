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
