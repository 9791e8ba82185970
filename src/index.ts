/**
 * The library API for programs on Bun: the pipelines and their reports, the loader of shards, the vocabulary of
 * `mlx.data`, tokenizers, and the records that flow between steps.
 */
export { loadSettings } from "./config/load.ts";
export type { Settings } from "./config/schema.ts";
export type { Chunk, Document, Reject } from "./core/document.ts";
export { InterruptedError, MdpError, UsageError } from "./core/errors.ts";
export type { Classifier, Embedder, EmbedderDescription, Embeddings, Reranker, TokenCounter } from "./core/ports.ts";
export { type Project, projectAt } from "./core/project.ts";
export { type Chain, openChain, type StepCounts } from "./curate/chain.ts";
export type { Curated, Drop, OpenStep, Span, Step } from "./curate/step.ts";
export { openClassifier } from "./embed/classifier.ts";
export { openEmbedder } from "./embed/embedder.ts";
export { openReranker } from "./embed/reranker.ts";
export { type AskReport, type AskRequest, type AskSource, ask } from "./pipelines/ask.ts";
export { type ContextReport, type ContextRequest, contextFor } from "./pipelines/context.ts";
export { type IngestProgress, type IngestReport, type IngestRequest, ingest } from "./pipelines/ingest.ts";
export { type PrepareProgress, type PrepareReport, type PrepareRequest, prepare } from "./pipelines/prepare.ts";
export { type PipelineConfig, runPipeline } from "./pipelines/run.ts";
export { type ProjectSearchReport, type SearchHit, type SearchReport, searchProject } from "./pipelines/search.ts";
export { type TrainReport, type TrainRequest, train } from "./pipelines/train.ts";
export {
  type TrainContrastiveReport,
  type TrainContrastiveRequest,
  trainContrastive,
} from "./pipelines/train-contrastive.ts";
export {
  type TrainPreferencesReport,
  type TrainPreferencesRequest,
  trainPreferences,
} from "./pipelines/train-preferences.ts";
export * as data from "./shard/data/index.ts";
export { type Batch, type LoaderOptions, type LoaderState, ShardLoader } from "./shard/loader.ts";
export { readShardIndex, type ShardIndex } from "./shard/shard-index.ts";
export { openTokenizer } from "./tokenizers/open.ts";
export type { Tokenizer } from "./tokenizers/tokenizer.ts";
export type { TrainSettings } from "./train/config.ts";
export type { TrainCallbacks } from "./train/trainer.ts";
