/** What flows between the steps: documents, chunks, and records that were refused. Plain records only. */
import * as v from "valibot";

/** Where a stretch of a document's text came from in its source. */
export const Segment = v.strictObject({
  /** Offset in the document's text (UTF-16 code units) at which this position starts to hold. */
  start: v.pipe(v.number(), v.integer(), v.minValue(0)),
  /** 1-based line of the source at `start`; following newlines in the text count on when `step` is 1. */
  line: v.pipe(v.number(), v.integer(), v.minValue(1)),
  /** 1 when each newline of the text is one source line (the default), 0 when the whole segment sits on `line`. */
  step: v.optional(v.picklist([0, 1])),
  /** 1-based page, for paged formats. */
  page: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1))),
});
export type Segment = v.InferOutput<typeof Segment>;

export const Metadata = v.record(
  v.string(),
  v.union([v.string(), v.number(), v.boolean(), v.null(), v.array(v.string())]),
);
export type Metadata = v.InferOutput<typeof Metadata>;

/** One document: a file, or one row of a file of rows. */
export const Document = v.strictObject({
  /** Identity within a project: the source's uri, plus `#row=12` or `#id=…` for rows. */
  uri: v.pipe(v.string(), v.nonEmpty()),
  /** Format that read it, e.g. `markdown`. */
  kind: v.pipe(v.string(), v.nonEmpty()),
  title: v.string(),
  /** ISO 639-1 for prose, a language name such as `python` for code, null when unknown. */
  lang: v.nullable(v.string()),
  /** Well-formed text: no lone surrogates, newlines are `\n`. */
  text: v.pipe(
    v.string(),
    v.check((text) => text.isWellFormed(), "text has a lone surrogate"),
  ),
  /** Source positions, ascending by `start`; empty means line 1 at offset 0, one line per newline. */
  segments: v.array(Segment),
  /** 1-based row of a file of rows, null otherwise. */
  row: v.nullable(v.pipe(v.number(), v.integer(), v.minValue(1))),
  metadata: Metadata,
});
export type Document = v.InferOutput<typeof Document>;

/** Values of the columns that only some tables have, by column name: a function's signature, a statement's duration. */
export const Fields = Metadata;
export type Fields = Metadata;

/** A passage of one document: what is embedded and found. */
export const Chunk = v.strictObject({
  /** Span of the document's text in UTF-16 code units, end exclusive. */
  start: v.pipe(v.number(), v.integer(), v.minValue(0)),
  end: v.pipe(v.number(), v.integer(), v.minValue(0)),
  /** `document.text.slice(start, end)`. */
  text: v.string(),
  /** Heading path, outermost first. */
  headings: v.array(v.string()),
  /** Tokens of `text` by the embedder's tokenizer, special tokens not counted. */
  tokens: v.pipe(v.number(), v.integer(), v.minValue(0)),
  /** 1-based lines of the source, inclusive. */
  startLine: v.pipe(v.number(), v.integer(), v.minValue(1)),
  endLine: v.pipe(v.number(), v.integer(), v.minValue(1)),
  page: v.nullable(v.pipe(v.number(), v.integer(), v.minValue(1))),
  /** What the chunker knows beside the text, for the columns of the engine's mapper. */
  fields: v.optional(Fields),
});
export type Chunk = v.InferOutput<typeof Chunk>;

/** A record that could not be used: kept in the rejects file, and counted. */
export interface Reject {
  /** The source's uri. */
  uri: string;
  /** 1-based row or line of a file of rows, when it is one record of many. */
  row?: number | undefined;
  field?: string | undefined;
  code: string;
  reason: string;
  hint?: string | undefined;
  /** The beginning of the offending record, at most 500 characters. */
  excerpt?: string | undefined;
}

/** What a format yields: documents, and the records that it had to refuse. */
export type Read = { document: Document } | { reject: Reject };
