/** Settings of formats and sources that are external commands: one entry per command, by its name. */
import * as v from "valibot";

const Name = v.pipe(v.string(), v.regex(/^[a-z][a-z0-9_-]{0,39}$/));

const count = (minimum: number) => v.pipe(v.number(), v.integer(), v.minValue(minimum));

const Command = v.pipe(
  v.array(v.pipe(v.string(), v.nonEmpty())),
  v.minLength(1),
  v.description("Program and arguments, run in the project folder without a shell, once it is trusted."),
);

const memoryBytes = v.optional(
  v.pipe(count(1_000_000), v.description("Memory limit of the command and of what it starts.")),
  1_500_000_000,
);

export const ExternalFormat = v.strictObject({
  command: Command,
  extensions: v.pipe(
    v.array(v.pipe(v.string(), v.regex(/^\.?[^./\\\s]+$/))),
    v.minLength(1),
    v.description("Endings of the names of the files that it reads."),
  ),
  timeoutMs: v.optional(
    v.pipe(count(1), v.description("Time limit for the first document of a file, and for each that follows.")),
    60_000,
  ),
  memoryBytes,
});
export type ExternalFormat = v.InferOutput<typeof ExternalFormat>;

export const ExternalSource = v.strictObject({
  command: Command,
  timeoutMs: v.optional(
    v.pipe(count(1), v.description("Time limit for the first document, and for each that follows.")),
    600_000,
  ),
  memoryBytes,
  maxBytes: v.optional(v.pipe(count(1), v.description("Most bytes of documents that it may give.")), 10_000_000_000),
});
export type ExternalSource = v.InferOutput<typeof ExternalSource>;

export const FormatsSettings = v.record(Name, ExternalFormat);
export type FormatsSettings = v.InferOutput<typeof FormatsSettings>;

export const SourcesSettings = v.record(Name, ExternalSource);
export type SourcesSettings = v.InferOutput<typeof SourcesSettings>;
