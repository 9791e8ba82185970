/** LanceDB's errors in the words of this program, with the next step. */
import { MdpError, messageOf } from "../core/errors.ts";

interface Pattern {
  code: string;
  match: RegExp;
  message: string;
  hint: string;
}

const AGAIN = "what was committed is kept, and the same command goes on from there";

/** First match wins. */
const PATTERNS: readonly Pattern[] = [
  {
    code: "disk-full",
    match: /os error (28|27|122)\b|no space left|file too large|quota exceeded/i,
    message: "the disk is full, or a file-size limit was reached",
    hint: `free some space and run the command again: ${AGAIN}`,
  },
  {
    code: "store-permission",
    match: /os error (1|13|30)\b|permission denied|read-only file system|operation not permitted/i,
    message: "no permission to use the store's files",
    hint: "make the folder readable and writable for this user, or choose another project folder with --project",
  },
  {
    code: "too-many-files",
    match: /os error 24\b|too many open files/i,
    message: "too many open files",
    hint: "raise the limit with `ulimit -n 4096` and run the command again",
  },
  {
    code: "store-busy",
    match: /commit conflict|conflicting transaction|too many concurrent writers|retryable|timed? ?out/i,
    message: "other writers kept changing the table",
    hint: `wait until the other run has ended, then run the command again: ${AGAIN}`,
  },
  {
    code: "store-newer",
    match: /unsupported (feature|flag|version)|not supported by this version|please upgrade/i,
    message: "the table was written by a newer version",
    hint: "update mdp, or move the .mdp folder away and ingest again",
  },
  {
    code: "store-damaged",
    match:
      /not found: .*\.(lance|manifest|txn|idx)|object at location .* not found|sufficient data|fill whole buffer|magic|corrupt|protobuf|decodeerror|invalid (footer|page|file)|unexpected eof|file size is too small|range .*out of bounds/i,
    message: "the table is damaged",
    hint: "move the .mdp folder away and ingest again; the source files are not touched",
  },
];

/** LanceDB's own text without source positions and repeated causes. */
export function plainMessage(error: unknown): string {
  const [first = ""] = messageOf(error).split(/\s*Caused by:/);
  return first
    .replace(/,?\s*\/\S*\.rs:\d+(:\d+)?/g, "")
    .replace(/^.*?lance error:\s*/s, "")
    .replace(/^(Invalid user input|LanceError\(\w+\)|Invalid input):\s*/, "")
    .trim();
}

/** The error to throw in place of one of LanceDB's; our own errors and broken invariants pass. */
export function storeError(error: unknown, dir: string, doing: string): unknown {
  if (!isFromLanceDB(error)) return error;
  const text = messageOf(error);
  const known = PATTERNS.find((pattern) => pattern.match.test(text));
  return new MdpError({
    code: known?.code ?? "store",
    message: `${doing}: ${known ? `${known.message} (${plainMessage(error)})` : plainMessage(error)}`,
    where: dir,
    hint: known?.hint ?? "run `mdp doctor`; if the table cannot be read, move the .mdp folder away and ingest again",
    cause: error,
  });
}

/** LanceDB throws plain errors, whose code is napi's. */
function isFromLanceDB(error: unknown): boolean {
  return error instanceof Error && error.name === "Error" && !error.message.startsWith("internal error");
}

/** True for a write that lost a race and may be tried again. */
export function isConflict(error: unknown): boolean {
  return /commit conflict|conflicting transaction|too many concurrent writers|retryable/i.test(messageOf(error));
}
