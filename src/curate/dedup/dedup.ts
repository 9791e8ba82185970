/**
 * Finding copies among the documents of a corpus, in bounded memory. How it is used:
 *
 * 1. Each task hands its kept texts, in order, to a writer from `openSignatures`.
 * 2. When all tasks are done, `resolveDuplicates` cuts the rest into jobs, which `runDedupJob` does in any process.
 * 3. Documents are read again, without those whose bit is set in `removed`, and without what `readCuts` gives for them.
 *
 * A document's id is its position in the sequence of all tasks. The first of several copies stays, and one of an earlier
 * corpus (`against`) before all of them. A document is removed only for one that stays and that it was compared with by
 * text (see `settings.verify`), never because both resemble a third. The outcome depends on the documents and their
 * order alone: not on tasks, processes, memory or the order in which jobs end.
 */

export type { DedupJob, DedupTexts } from "./job.ts";
export { dedupJsonlFilesExact, type JsonlExactOptions, type JsonlExactResult } from "./jsonl/jsonl-exact.ts";
export type { Cut } from "./parts/cut.ts";
export { applyCuts, type DocumentCuts, readCuts } from "./parts/cuts.ts";
export type { SignatureSource } from "./plan.ts";
export type { DedupMethod, Duplicates, RemovedDocument, Resolution } from "./resolution.ts";
export { type DedupProgress, type ResolveOptions, resolveDuplicates } from "./resolve.ts";
export { runDedupJob } from "./run-job.ts";
export { type SemanticOptions, semanticDuplicates } from "./semantic/semantic.ts";
export { openSignatures, type SignatureWriter } from "./signatures.ts";
