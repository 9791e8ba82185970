/** Errors that say what happened, with the value and the limit, and what to do next. */

export interface MdpErrorOptions {
  /** Stable, kebab-case name of the failure, e.g. `document-too-large`. */
  code: string;
  /** What happened, naming the value and the limit. */
  message: string;
  /** Where: a file, a row, a key. */
  where?: string | undefined;
  /** The next command or setting to try. */
  hint?: string | undefined;
  cause?: unknown;
}

/** A failure of the world (a file, a setting, a library), never of our own logic. Exit code 1. */
export class MdpError extends Error {
  override name = "MdpError";
  readonly code: string;
  readonly where: string | undefined;
  readonly hint: string | undefined;

  constructor(options: MdpErrorOptions) {
    super(options.message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = options.code;
    this.where = options.where;
    this.hint = options.hint;
  }
}

/** The command line or the configuration is wrong. Exit code 2. */
export class UsageError extends MdpError {
  override name = "UsageError";
  constructor(message: string, hint?: string, where?: string) {
    super({ code: "usage", message, hint, where });
  }
}

/** The run was interrupted by the user. Exit code 130. */
export class InterruptedError extends MdpError {
  override name = "InterruptedError";
  constructor(hint?: string) {
    super({ code: "interrupted", message: "interrupted", hint });
  }
}

/** A broken invariant: our own mistake, never the user's. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`internal error: ${message} (please report this)`);
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
