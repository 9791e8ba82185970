/** Errors of the native layer. They carry the fields that the command line shows: `code`, `where`, `hint`. */

/** MLX refused an operation. The message is the operation's name and MLX's own text. */
export class MlxError extends Error {
  override name = "MlxError";
  readonly code = "mlx";
  /** Name of the operation, e.g. `matmul`. */
  readonly operation: string;
  readonly where: string | undefined;
  readonly hint: string | undefined;

  constructor(
    operation: string,
    text: string,
    options: { where?: string | undefined; hint?: string | undefined; cause?: unknown } = {},
  ) {
    super(`${operation}: ${text}`, options.cause === undefined ? undefined : { cause: options.cause });
    this.operation = operation;
    this.where = options.where;
    this.hint = options.hint;
  }
}

/** One place where the library was looked for, and why it was not used. */
export interface Attempt {
  place: string;
  reason: string;
}

/** No usable libmlxc was found. */
export class LibraryError extends Error {
  override name = "LibraryError";
  readonly code = "mlx-library";
  readonly where: string | undefined;
  readonly hint: string;
  readonly tried: readonly Attempt[];

  constructor(message: string, tried: readonly Attempt[], hint: string) {
    const list = tried.map(({ place, reason }) => `\n  - ${place}: ${reason}`).join("");
    super(`${message}${list}`);
    this.where = tried.length === 1 ? tried[0]?.place : undefined;
    this.tried = tried;
    this.hint = hint;
  }
}
