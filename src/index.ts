/** The library API: the pipelines, their reports, and the records that flow between steps. */
export type { Settings } from "./config/schema.ts";
export type { Chunk, Document, Reject } from "./core/document.ts";
export { InterruptedError, MdpError, UsageError } from "./core/errors.ts";
export type { Embedder, EmbedderDescription, Embeddings, TokenCounter } from "./core/ports.ts";
export { type Project, projectAt } from "./core/project.ts";
export { openEmbedder } from "./embed/embedder.ts";
export { type IngestProgress, type IngestReport, type IngestRequest, ingest } from "./pipelines/ingest.ts";
export { type SearchHit, type SearchReport, searchProject } from "./pipelines/search.ts";
