/** What a format is: bytes of one file in, documents and refused records out. */
import type { Read } from "../../core/document.ts";

/** One file, opened by the reader. */
export interface FormatInput {
  /** Uri of the file; rows add `#row=12` or `#id=…`. */
  uri: string;
  /** Absolute path. */
  path: string;
  /** File name without folders. */
  name: string;
  /** Bytes that are to be read: the file's size when it was opened, or that of a stretch. */
  size: number;
  /** Bytes of the whole file. */
  fileSize: number;
  /** When only a stretch of the file is meant: where it lies in the file. */
  stretch?: { start: number; end: number } | undefined;
  /** The first bytes, at most `HEAD_BYTES`. */
  head: Uint8Array;
  /**
   * The file's bytes from its start. A part is valid until the next one is asked for. Leaving the loop early is fine;
   * the reader closes the file.
   */
  bytes(): AsyncIterable<Uint8Array>;
  /** Bytes from `start` to `end` of the whole file, in a buffer of their own; fewer when the file has become shorter. */
  slice(start: number, end: number): Promise<Uint8Array<ArrayBuffer>>;
  /** When `bytes` is only a stretch of a file of lines, and not its first: where it starts. */
  inside?: Inside | undefined;
}

export interface Inside {
  /** 1-based line of the file at which the stretch starts. */
  firstLine: number;
  /** The file from its beginning, of which fields are guessed, so that all stretches are read alike. */
  beginning(): AsyncIterable<Uint8Array>;
}

/** Fields that a file of rows turned out to have: shown to the user, so that a wrong guess is seen. */
export interface Guess {
  /** Field that holds the text; null when every field is written out. */
  textField: string | null;
  idField: string | null;
  titleField: string | null;
  /** Delimiter and header of a table. */
  dialect?: string;
}

/** A text that a row was made into, and the fields that are in it. */
export interface RowText {
  text: string;
  fields: readonly string[];
  /** Kind of the document, in place of the format's name. */
  kind: string;
}

export interface ReadOptions {
  /** Largest document in bytes: a whole file, or one row of a file of rows. */
  maxDocumentBytes: number;
  textField?: string | undefined;
  idField?: string | undefined;
  /** Whether members that are scripts and logs of SQL are read statement by statement. */
  statements?: boolean | undefined;
  /** For formats of files within files; only in a reader process. */
  members?: Members | undefined;
  /** Entries `part=field` that say where rows of statements have their parts. */
  statementFields?: readonly string[] | undefined;
  onGuess?: ((guess: Guess) => void) | undefined;
  /**
   * Makes the text of a row in place of its text field; null leaves the row to that. An `MdpError` refuses the row.
   * Formats that are read in a child process do not know it.
   */
  rowText?: ((values: Readonly<Record<string, unknown>>) => RowText | null) | undefined;
}

/** A file within a file. */
export interface Member {
  /** Its documents' uri, or what their uris start with. */
  uri: string;
  /** File name without folders; decides like that of any file. */
  name: string;
  /** Absolute path of the file that it is in. */
  path: string;
  /** Its size in bytes, as the container says. */
  size: number;
  /** The bytes, once. A part is valid until the next one is asked for. */
  bytes(): AsyncIterable<Uint8Array>;
}

/** Reads the members of containers by their own formats; the reader process has one for each file. */
export interface Members {
  /** How many containers the file's members are in: 1 for those of the file itself. */
  depth: number;
  /** What is left of the limits that hold for the whole file. */
  left: { bytes: number; members: number };
  /** Documents and rejects of a member; nothing for a binary file of a known kind. */
  read(member: Member, options: ReadOptions): AsyncIterable<Read>;
}

export interface Format {
  name: string;
  /** Lowercase, without the dot. */
  extensions: readonly string[];
  /** Parsed from untrusted structure by a large library: read in a child process with limits. */
  binary: boolean;
  /** Many documents per file, streamed: the size limit holds for each of them, not for the file. */
  rows: boolean;
  /** Throws an `MdpError` for a failure of the whole file; yields a reject for one of its records. */
  read(input: FormatInput, options: ReadOptions): AsyncIterable<Read>;
}

/** Bytes that detection looks at. */
export const HEAD_BYTES = 65_536;
