/** Limits on what an archive may unfold to, and the account that all archives within one file share. */
import { MdpError } from "../../../core/errors.ts";

/** An archive within an archive within an archive is read, no deeper. */
export const MAX_DEPTH = 3;
/** Members of one file, those of the archives in it included. */
export const MAX_MEMBERS = 100_000;
/** Bytes that one file may unfold to in all. */
export const MAX_UNPACKED_BYTES = 8_000_000_000;
/** A member may be this many times larger than what it was packed to, */
const MAX_RATIO = 300;
/** once it is larger than this. */
const RATIO_FROM_BYTES = 4_000_000;

/** What is left of the limits. One object goes along into nested archives. */
export interface Allowance {
  bytes: number;
  members: number;
}

export function newAllowance(): Allowance {
  return { bytes: MAX_UNPACKED_BYTES, members: MAX_MEMBERS };
}

/** Takes one member off. @throws MdpError when none is left */
export function countMember(left: Allowance): void {
  if (left.members-- > 0) return;
  throw bomb(`it has more than ${MAX_MEMBERS} members, those of archives in it included`);
}

/** Takes unfolded bytes off; `unpacked` and `packed` are the member's so far. @throws MdpError over a limit */
export function countBytes(left: Allowance, bytes: number, unpacked: number, packed: number): void {
  left.bytes -= bytes;
  if (left.bytes < 0) throw bomb(`it unfolds to more than ${MAX_UNPACKED_BYTES} bytes`);
  if (unpacked > RATIO_FROM_BYTES && unpacked > packed * MAX_RATIO) {
    throw bomb(`a part of it unfolds to more than ${MAX_RATIO} times its packed size`);
  }
}

function bomb(reason: string): MdpError {
  return new MdpError({
    code: "archive-bomb",
    message: `the archive is refused: ${reason}`,
    hint: "unpack it yourself when you trust it, and ingest the folder",
  });
}

/** Whether an error is about the whole archive, so that going on with its next member makes no sense. */
export function endsArchive(error: unknown): boolean {
  return error instanceof MdpError && error.code === "archive-bomb";
}
