/** Reads one source item into documents. Every failure of the file is a reject that names it, never an exception. */
import { basename } from "node:path";
import type { Read } from "../core/document.ts";
import { UsageError } from "../core/errors.ts";
import type { IngestSettings } from "./config.ts";
import type { FormatInput, Guess, ReadOptions } from "./formats/format.ts";
import { type Detected, detectFormat, formats } from "./formats/index.ts";
import { conversionOf } from "./formats/shared/signatures.ts";
import { generatedBy } from "./generated.ts";
import { openInput } from "./reader/open.ts";
import { openReaderPool, type ReaderPool } from "./reader/pool.ts";
import { finishReads } from "./reader/reader.ts";
import { rejectOf } from "./reader/reject.ts";
import type { Skip, SourceItem } from "./sources/source.ts";

export { openReaderPool, type ReaderPool };

export interface ReadContext {
  signal?: AbortSignal | undefined;
  /** Child processes for binary formats. */
  pool: ReaderPool;
  /** Whether documents of unknown language are given one. Default: true. */
  detectLanguage?: boolean | undefined;
  /** Whether scripts and logs of SQL are read statement by statement, not as code and text. Default: false. */
  statements?: boolean | undefined;
  /** Whether files that are plainly generated are left alone. Default: false. */
  leaveGenerated?: boolean | undefined;
  /** A file found while walking that no format reads; one that was named is a reject instead. */
  onSkip?: ((skip: Skip) => void) | undefined;
  /** Fields guessed for a file of rows. */
  onGuess?: ((guess: Guess, item: SourceItem) => void) | undefined;
  /** Makes the text of rows that it knows; of formats that are read in this process. */
  rowText?: ReadOptions["rowText"];
}

/** Throws only when `context.signal` is aborted, or `settings.format` names no format. */
export async function* readItem(
  item: SourceItem,
  settings: IngestSettings,
  context: ReadContext,
): AsyncGenerator<Read, void, undefined> {
  const { signal } = context;
  try {
    signal?.throwIfAborted();
    await using input = await openInput(item.path, item.uri, signal, item.range);
    const detected = settings.format ? { format: settings.format } : detect(input, settings, context);
    if ("skip" in detected) {
      yield* unread(item, detected.skip, context);
      return;
    }
    const rule = context.leaveGenerated ? generatedBy(input.name, detected.format, input.head) : undefined;
    if (rule !== undefined) {
      context.onSkip?.({ path: item.shown, reason: "generated", detail: rule });
      return;
    }
    const options: ReadOptions = {
      maxDocumentBytes: settings.maxDocumentBytes,
      textField: settings.textField,
      idField: settings.idField,
      statementFields: settings.statementFields,
      statements: context.statements,
      onGuess: context.onGuess ? (guess) => context.onGuess?.(guess, item) : undefined,
    };
    const format = await formats.load(detected.format);
    const request = { path: item.path, uri: item.uri, format: detected.format, range: item.range, options };
    const reads = format.binary
      ? context.pool.read(request, signal)
      : format.read(input, { ...options, rowText: context.rowText });
    yield* finishReads(reads, context.detectLanguage ?? true);
  } catch (error) {
    if (signal?.aborted || error instanceof UsageError) throw error;
    yield { reject: rejectOf(item.uri, error) };
  }
}

function detect(
  input: FormatInput,
  { statementFields }: IngestSettings,
  { statements = false }: ReadContext,
): Detected {
  const detected = detectFormat(input.head, input.name, statements);
  const isRows = "format" in detected && detected.format === "jsonl";
  return isRows && statements && statementFields.length > 0 ? { format: "sql-jsonl" } : detected;
}

function* unread(item: SourceItem, kind: string, context: ReadContext): Generator<Read> {
  // Whoever names a file expects it to be read, and so does who keeps documents among files.
  const conversion = conversionOf(kind, basename(item.path));
  if (item.shown === item.root || conversion !== undefined) {
    const hint = conversion ?? `formats: ${formats.names.join(", ")}; convert it to one of them`;
    yield { reject: { uri: item.uri, code: "unsupported-format", reason: `no format reads this file: ${kind}`, hint } };
  } else {
    context.onSkip?.({ path: item.shown, reason: "binary", detail: kind });
  }
}
