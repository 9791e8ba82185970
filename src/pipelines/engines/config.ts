/** Settings of the engines: one entry per engine, by its name. */
import * as v from "valibot";
import { type Named, VARIABLE } from "../../embed/config.ts";
import { VECTOR_TYPES } from "../../store/config.ts";

const count = (minimum: number) => v.pipe(v.number(), v.integer(), v.minValue(minimum));

/** Names are also names of tables and values of `--type`. */
const Name = v.pipe(v.string(), v.regex(/^[a-z][a-z0-9_-]{0,39}$/));

const EngineSearch = v.strictObject({
  mode: v.optional(v.pipe(v.picklist(["hybrid", "vector", "text"]), v.description("Which legs to run."))),
  k: v.optional(v.pipe(count(1), v.maxValue(10_000), v.description("Number of hits."))),
  fusion: v.optional(v.pipe(v.picklist(["rrf", "convex"]), v.description("How the two legs are combined."))),
  alpha: v.optional(
    v.pipe(v.number(), v.minValue(0), v.maxValue(1), v.description("Weight of the vector leg of a hybrid search.")),
  ),
});

export const EngineSettings = v.strictObject({
  type: v.optional(
    v.pipe(v.string(), v.description("Kind of engine: documents, code or sql; by default what the name says.")),
  ),
  formats: v.optional(
    v.pipe(v.array(v.string()), v.description("Formats of the files that it takes; those of its kind by default.")),
  ),
  paths: v.optional(
    v.pipe(
      v.array(v.string()),
      v.description("Files that it takes before others, as patterns in .gitignore syntax from the project folder."),
    ),
  ),
  ignore: v.optional(
    v.pipe(v.array(v.string()), v.description("Of those, what is left out, in the same syntax and never ingested.")),
  ),
  context: v.optional(
    v.pipe(v.string(), v.description("A text about this collection that is returned with its hits.")),
  ),
  chunker: v.optional(v.pipe(v.string(), v.description("Chunker for every document; by default that of its format."))),
  mapper: v.optional(v.pipe(v.string(), v.description("Columns of its table: document, code or sql."))),
  columns: v.optional(
    v.pipe(
      v.record(Name, v.picklist(["text", "integer", "float", "boolean", "time", "texts"])),
      v.description("More columns, filled from the documents' metadata of the same name."),
    ),
  ),
  model: v.optional(
    v.pipe(
      v.string(),
      v.description(
        "Embedding model: a folder, a name in a model cache, or URL#NAME of an OpenAI-compatible endpoint.",
      ),
    ),
  ),
  keyFrom: v.optional(
    v.pipe(v.string(), v.regex(VARIABLE), v.description("Environment variable that holds the endpoint's key.")),
  ),
  chunkTokens: v.optional(v.pipe(count(16), v.description("Largest chunk in tokens of the embedder's tokenizer."))),
  overlapTokens: v.optional(v.pipe(count(0), v.description("Tokens of the previous chunk that a chunk repeats."))),
  search: v.optional(v.pipe(EngineSearch, v.description("Search settings that hold where only this engine is asked."))),
  vectorType: v.optional(
    v.pipe(v.picklist(VECTOR_TYPES), v.description("How a new table stores vectors: float32 by default.")),
  ),
  exactRows: v.optional(
    v.pipe(count(0), v.description("Vector search is exact up to this many chunks, indexed above.")),
  ),
  refineFactor: v.optional(
    v.pipe(count(1), v.description("Candidates per hit that an indexed search rescores exactly.")),
  ),
  foldRows: v.optional(
    v.pipe(count(0), v.description("Unindexed chunks that are tolerated before indices are brought up to date.")),
  ),
});
export type EngineSettings = v.InferOutput<typeof EngineSettings> & Named;

export const EnginesSettings = v.record(Name, EngineSettings);
export type EnginesSettings = Record<string, EngineSettings>;

/** The engines that a project has without naming them. */
export const BUILT_IN = ["documents", "code", "sql"] as const;

/** The engine whose files are those that no other takes. */
export const DEFAULT_ENGINE = "documents";

/** Settings of other sections that hold for an engine too, and where they stand in its entry. */
export const SHARED_SETTINGS: Readonly<Record<string, readonly string[]>> = {
  "ingest.chunkTokens": ["chunkTokens"],
  "ingest.overlapTokens": ["overlapTokens"],
  "embed.model": ["model"],
  "embed.keyFrom": ["keyFrom"],
  "search.mode": ["search", "mode"],
  "search.k": ["search", "k"],
  "search.fusion": ["search", "fusion"],
  "search.alpha": ["search", "alpha"],
  "store.vectorType": ["vectorType"],
  "store.exactRows": ["exactRows"],
  "store.refineFactor": ["refineFactor"],
  "store.foldRows": ["foldRows"],
};
