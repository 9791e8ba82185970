/** What parent and reader process say to each other: one JSON value per line, over the child's stdin and stdout. */
import type { Read, Reject } from "../../core/document.ts";
import type { Guess, ReadOptions } from "../formats/format.ts";
import type { LineRange } from "../sources/source.ts";

/** The argument that makes the executable a reader process. */
export const READER_ARGUMENT = "__reader";

export interface ReadRequest {
  path: string;
  uri: string;
  format: string;
  /** The part of the file that is meant, when it is not all of it. */
  range?: LineRange | undefined;
  /** `onGuess` stays with the parent. */
  options: ReadOptions;
}

/** Replies to one request: `begun`, any number of `read` and `guess`, then `done`; or `failed` at any time, as the last. */
export type Reply = { begun: true } | { read: Read } | { guess: Guess } | { done: true } | { failed: Reject };
