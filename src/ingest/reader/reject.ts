/** Any failure of one file as the reject that names it. */
import type { Reject } from "../../core/document.ts";
import { MdpError, messageOf } from "../../core/errors.ts";
import { ioError } from "./open.ts";

export function rejectOf(uri: string, thrown: unknown): Reject {
  const error = ioError(thrown);
  if (error instanceof MdpError) {
    return { uri, code: error.code, reason: error.message, hint: error.hint };
  }
  const hint = "leave it out with --exclude, or read it as text with --format text";
  return { uri, code: "unreadable", reason: messageOf(error), hint };
}
