/** Interfaces that the ML side fills in, so that the data side never imports it. */

/** Counts and locates tokens without special tokens; used to size chunks. */
export interface TokenCounter {
  /**
   * Start offsets (UTF-16 code units, ascending) of every token of `text`, without special tokens.
   * Its length is the token count of the text.
   */
  tokenStarts(text: string): Uint32Array;
  /** Number of tokens, without special tokens. */
  count(text: string): number;
}

export interface EmbedOptions {
  /** Called after each batch with the texts and tokens done so far. */
  onProgress?: (done: { texts: number; tokens: number }) => void;
  signal?: AbortSignal | undefined;
}

export interface Embeddings {
  /** Row-major `[count, dimension]`, in input order. */
  vectors: Float32Array;
  count: number;
  dimension: number;
  /** Tokens that went through the model, special tokens included. */
  tokens: number;
  /** Per row: 1 when the text was longer than the model takes and its tail was cut. */
  truncated: Uint8Array;
  /** Per row: 1 when the vector was made before and kept; absent where nothing is kept. */
  cached?: Uint8Array;
  /** By row: why a text has no vector, whose row is zeros; absent where every text has one. */
  refused?: ReadonlyMap<number, string>;
}

/** Everything that changes a vector. Two embedders with equal fingerprints give interchangeable vectors. */
export interface EmbedderDescription {
  /** SHA-256 (hex) over everything below. Written into each table. */
  fingerprint: string;
  /** Name for people, e.g. `all-MiniLM-L6-v2`. */
  name: string;
  modelType: string;
  dimension: number;
  maxTokens: number;
  pooling: string;
  normalize: boolean;
  dtype: string;
  queryPrefix: string;
  documentPrefix: string;
  weightsSha256: string;
  tokenizerSha256: string;
}

export interface Embedder extends Disposable {
  readonly description: EmbedderDescription;
  readonly tokens: TokenCounter;
  /** What its user should know of the choice of settings; for people. */
  readonly notes?: readonly string[];
  /** `kind` chooses the model's prefix for queries or documents. Row order is input order. */
  embed(texts: readonly string[], kind: "query" | "document", options?: EmbedOptions): Promise<Embeddings>;
}

/** Says how well texts answer a query; what reorders the hits of a search. */
export interface Reranker extends Disposable {
  /** Name for people, e.g. the model folder's name. */
  readonly name: string;
  /** Probabilities from 0 to 1, or logits where the model's own file asks for them. */
  readonly scale: "probability" | "logit";
  /** A score for each text, in input order; higher is better. */
  score(query: string, texts: readonly string[], options?: { signal?: AbortSignal | undefined }): Promise<Float32Array>;
}

/** Scores texts by a model, e.g. for toxicity or quality; what the filters of `curate` take from the ML side. */
export interface Classifier extends Disposable {
  /** Name for people and reports, e.g. the model folder's name. */
  readonly name: string;
  /** Label of each score column, e.g. `["toxic", "severe_toxic"]`. */
  readonly labels: readonly string[];
  /** Row-major `[texts.length, labels.length]` probabilities, in input order. */
  classify(texts: readonly string[]): Promise<Float32Array>;
}
