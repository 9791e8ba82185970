/** Statements of a log or script as documents: one per execution, with what the log says of it as metadata. */
import type { Metadata, Read, Segment } from "../../../core/document.ts";
import type { DialectName } from "../../sql/dialect.ts";
import type { FormatInput, ReadOptions } from "../format.ts";
import { normalizeText } from "./decode.ts";
import { tooLarge } from "./document.ts";
import { rejectRow } from "./rows.ts";

/** One execution of a statement; what the log does not say is absent. */
export interface Execution {
  text: string;
  /** 1-based line of the file on which the statement, or the entry of the log, begins. */
  line: number;
  /** The file has the whole statement on that line, whatever newlines it holds. */
  escaped?: boolean | undefined;
  /** Milliseconds since the epoch. */
  time?: number | undefined;
  durationMs?: number | undefined;
  /** How often it was run, where an entry stands for several; default 1. */
  calls?: number | undefined;
  user?: string | undefined;
  database?: string | undefined;
  application?: string | undefined;
  /** What the server answered, when the statement failed. */
  error?: string | undefined;
  /** Values of its parameters, as the log writes them. */
  parameters?: string | undefined;
}

/** Makes documents of executions, and numbers them. */
export class Statements {
  readonly #input: FormatInput;
  readonly #limit: number;
  readonly #kind: string;
  readonly #dialect: DialectName;
  #count = 0;

  constructor(input: FormatInput, options: ReadOptions, kind: string, dialect: DialectName) {
    this.#input = input;
    this.#limit = options.maxDocumentBytes;
    this.#kind = kind;
    this.#dialect = dialect;
  }

  /** A statement that is longer than a document may be is refused. */
  read(execution: Execution): Read {
    const row = ++this.#count;
    // Each UTF-16 unit is at most three bytes.
    if (execution.text.length * 3 > this.#limit) {
      const bytes = Buffer.byteLength(execution.text);
      if (bytes > this.#limit) return this.tooLong(execution.line, bytes, execution.text);
    }
    return {
      document: {
        uri: `${this.#input.uri}#row=${row}`,
        kind: this.#kind,
        title: this.#input.name.toWellFormed(),
        lang: "sql",
        text: normalizeText(execution.text).text,
        segments: segmentsOf(execution),
        row,
        metadata: this.#metadata(execution),
      },
    };
  }

  /** A reject for a statement, or an entry of the log, that is over the limit. */
  tooLong(line: number, bytes: number, excerpt: string): Read {
    const { code, hint } = tooLarge(bytes, this.#limit);
    const reason = `the statement has at least ${bytes} bytes, more than the limit of ${this.#limit}`;
    return rejectRow(this.#input, { number: line, line }, { code, reason, hint, excerpt });
  }

  /** A reject for an entry of the log that is not as it should be. */
  refuse(line: number, code: string, reason: string, hint: string, excerpt: string): Read {
    return rejectRow(this.#input, { number: line, line }, { code, reason, hint, excerpt });
  }

  #metadata(execution: Execution): Metadata {
    const metadata: Metadata = { dialect: this.#dialect, line: execution.line };
    // A damaged log may tell of a time that no calendar has.
    const time = new Date(execution.time ?? Number.NaN);
    if (!Number.isNaN(time.getTime())) metadata.time = time.toISOString();
    if (execution.durationMs !== undefined) metadata.duration_ms = execution.durationMs;
    if (execution.calls !== undefined) metadata.calls = execution.calls;
    if (execution.user) metadata.user = execution.user.toWellFormed();
    if (execution.database) metadata.database = execution.database.toWellFormed();
    if (execution.application) metadata.application = execution.application.toWellFormed();
    if (execution.error) metadata.error = execution.error.toWellFormed();
    if (execution.parameters) metadata.parameters = execution.parameters.toWellFormed();
    return metadata;
  }
}

function segmentsOf({ line, escaped }: Execution): Segment[] {
  if (escaped) return [{ start: 0, line, step: 0 }];
  return [{ start: 0, line }];
}
