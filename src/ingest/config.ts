/** Settings of `ingest`: which files are read, and how they are cut. */
import * as v from "valibot";

const count = (minimum: number) => v.pipe(v.number(), v.integer(), v.minValue(minimum));

export const IngestSettings = v.strictObject({
  exclude: v.optional(
    v.pipe(
      v.array(v.string()),
      v.description("Patterns to skip, in .gitignore syntax, on top of .gitignore and .mdpignore."),
    ),
    [],
  ),
  hidden: v.optional(v.pipe(v.boolean(), v.description("Read hidden files and folders too.")), false),
  gitignore: v.optional(v.pipe(v.boolean(), v.description("Respect .gitignore and .mdpignore.")), true),
  generated: v.optional(
    v.pipe(v.boolean(), v.description("Read lock files, source maps and other generated or minified files too.")),
    false,
  ),
  format: v.optional(v.pipe(v.string(), v.description("Read every file as this format instead of detecting it."))),
  maxDocumentBytes: v.optional(
    v.pipe(count(1), v.description("Largest single document in bytes; a larger one is named and skipped.")),
    10_000_000,
  ),
  textField: v.optional(
    v.pipe(v.string(), v.description("Field of JSON, CSV and Parquet rows that holds the text; guessed by default.")),
  ),
  idField: v.optional(
    v.pipe(v.string(), v.description("Field of JSON, CSV and Parquet rows that identifies them; guessed by default.")),
  ),
  statementFields: v.optional(
    v.pipe(
      v.array(v.pipe(v.string(), v.regex(/^[a-z_]+=.+/))),
      v.description("Read JSON lines as SQL statements: where a part stands, e.g. statement=sql; again for each part."),
    ),
    [],
  ),
  chunkTokens: v.optional(
    v.pipe(count(16), v.description("Largest chunk in tokens of the embedder's tokenizer.")),
    200,
  ),
  overlapTokens: v.optional(v.pipe(count(0), v.description("Tokens of the previous chunk that a chunk repeats.")), 30),
  concurrency: v.optional(v.pipe(count(1), v.maxValue(256), v.description("Files read at the same time.")), 8),
  commitChunks: v.optional(
    v.pipe(
      count(1),
      v.description("Chunks embedded and committed together; an interrupted run repeats at most these."),
    ),
    512,
  ),
  readTimeoutMs: v.optional(
    v.pipe(count(1), v.description("Time limit for reading one binary file, or one row of it.")),
    60_000,
  ),
  readMemoryBytes: v.optional(
    v.pipe(count(64_000_000), v.description("Memory limit of a process that reads binary files.")),
    1_500_000_000,
  ),
  allowEmpty: v.optional(
    v.pipe(
      v.boolean(),
      v.description("Let a root that has vanished or become empty remove everything that came from it."),
    ),
    false,
  ),
  strict: v.optional(v.pipe(v.boolean(), v.description("Exit 1 also for files that were already failing.")), false),
});
export type IngestSettings = v.InferOutput<typeof IngestSettings>;
