/** Settings of the embedder. */
import * as v from "valibot";

/** How weights are held in memory: floats of a type, or packed by so many bits. */
export const weightTypes = ["float32", "float16", "bfloat16", "8bit", "4bit"] as const;

/** Names of environment variables. */
export const VARIABLE = /^[A-Za-z_]\w*$/;

const text = (description: string) => v.optional(v.pipe(v.string(), v.description(description)));
const count = (description: string) =>
  v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.description(description)));

export const EmbedSettings = v.strictObject({
  model: v.optional(
    v.pipe(
      v.string(),
      v.description(
        "Embedding model: a folder, a name in the model cache, or URL#NAME of an OpenAI-compatible endpoint.",
      ),
    ),
    "all-MiniLM-L6-v2",
  ),
  keyFrom: v.optional(
    v.pipe(
      v.string(),
      v.regex(VARIABLE),
      v.description("Environment variable that holds the endpoint's key. Left out: none is sent."),
    ),
  ),
  dtype: v.optional(
    v.pipe(
      v.picklist(weightTypes),
      v.description("How the model's weights are held in memory. Left out: float32, or packed where its files are."),
    ),
  ),
  dim: v.optional(
    v.pipe(
      v.number(),
      v.integer(),
      v.minValue(8),
      v.description("Numbers of a vector that are kept, for models trained so. Left out: all."),
    ),
  ),
  batchTokens: v.optional(
    v.pipe(
      v.number(),
      v.integer(),
      v.minValue(64),
      v.description("Tokens of one batch, padding counted. Left out: 384 on the CPU, 8192 on a GPU."),
    ),
  ),
  queryPrefix: text("Put before every query that goes to an endpoint, where its model wants that."),
  documentPrefix: text("Put before every passage that goes to an endpoint, where its model wants that."),
  inputTokens: count("Tokens of a text, by the default model's tokenizer, that go to an endpoint; the rest is cut."),
  requestTexts: count("Texts of one request to an endpoint. Left out: 64."),
  requestsPerMinute: count("Requests that an endpoint takes in a minute. Left out: what its answers say."),
  tokensPerMinute: count("Tokens that an endpoint takes in a minute. Left out: what its answers say."),
  parallelRequests: count("Requests that are under way to an endpoint at once. Left out: 4."),
  requestTimeoutMs: count("Time that an endpoint has for one answer. Left out: 60 s."),
  vectorCacheBytes: v.optional(
    v.pipe(
      v.number(),
      v.integer(),
      v.minValue(0),
      v.description("Size of the user's cache of vectors, which all projects share; 0 does without it."),
    ),
    1_000_000_000,
  ),
});
export type EmbedSettings = v.InferOutput<typeof EmbedSettings> & Named;

/** Those that concern the model itself. */
export type ModelSettings = Omit<EmbedSettings, "vectorCacheBytes">;

/** Whether a model's name is the address of one at an endpoint: `https://host/v1#name`. */
export const isAddress = (model: string): boolean => /^https?:\/\//i.test(model);

/** Key under which settings say that a project's file named their endpoint. A symbol, since it is no setting itself. */
export const NAMED_BY = Symbol("named by");

/** Settings whose endpoint or key a project's file may have named. */
export interface Named {
  [NAMED_BY]?: NamedBy | undefined;
}

/** A cloned folder may bring such a file, so nothing is sent to its endpoint before the user allows it. */
export interface NamedBy {
  /** `mdp.yaml:4`. */
  place: string;
  trusted: boolean;
}
