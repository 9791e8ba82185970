/** Settings of `mdp run`: what it does without being told steps, and the steps. */
import * as v from "valibot";

export const RunSettings = v.strictObject({
  inputs: v.optional(
    v.pipe(
      v.array(v.string()),
      v.description(
        "Files, folders and globs that are ingested; by default what was ingested before, else the project.",
      ),
    ),
  ),
  shardsOut: v.optional(
    v.pipe(v.string(), v.description("Folder for training shards of the same inputs; none are written by default.")),
  ),
  questions: v.optional(
    v.pipe(v.string(), v.description("Questions with their answers, asked when the rest is done: see mdp eval.")),
  ),
});
export type RunSettings = v.InferOutput<typeof RunSettings>;

export const verbNames = [
  "ingest",
  "curate",
  "dedup",
  "shard",
  "train",
  "train-embedder",
  "train-preferences",
  "fuse",
  "tokenizer",
  "eval",
] as const;
export type VerbName = (typeof verbNames)[number];

const Name = v.pipe(v.string(), v.regex(/^[a-z][a-z0-9_-]{0,39}$/));
const paths = (text: string) => v.optional(v.pipe(v.union([v.string(), v.array(v.string())]), v.description(text)));
const text = (description: string) => v.optional(v.pipe(v.string(), v.description(description)));

/** One verb with what it works on, and what goes with it. */
export const StepSettings = v.strictObject({
  ingest: paths("Files, folders, globs and sources to ingest."),
  curate: paths("Files, folders and globs to curate."),
  dedup: paths("Files, folders and globs to remove copies from."),
  shard: paths("Files, folders and globs to make shards of."),
  train: text("Folder with train.jsonl, or with shards, to train on."),
  "train-embedder": text("File of pairs of texts to train an embedding model on."),
  "train-preferences": text("Folder with train.jsonl of pairs of a preferred and a rejected answer."),
  fuse: text("Folder of an adapter that goes into the weights of its model."),
  tokenizer: paths("Files, folders and globs to train a tokenizer on."),
  eval: text("Questions with their answers."),
  out: text("What the step makes: a folder; for eval a file that keeps the measures."),
  model: text("Model to train, or of the adapter to fuse; of train-embedder by default the usual one."),
  type: text("Engine that everything is ingested into, or that is asked."),
  needs: v.optional(v.pipe(v.array(Name), v.description("Steps that come first, where no path says so already.")), []),
  settings: v.optional(
    v.pipe(
      v.record(v.string(), v.record(v.string(), v.unknown())),
      v.description("Settings of this step by section, before those of the file."),
    ),
    {},
  ),
});
export type StepSettings = v.InferOutput<typeof StepSettings>;

export const StepsSettings = v.record(Name, StepSettings);
export type StepsSettings = v.InferOutput<typeof StepsSettings>;
