/** The second half of an ingest that writes text first: vectors for the rows that still have none. */
import { InterruptedError } from "../../core/errors.ts";
import { idOf } from "../../core/hash.ts";
import type { Embedder } from "../../core/ports.ts";
import type { ChunkRecord } from "../../core/record.ts";
import { passageOf } from "../../ingest/chunkers/passage.ts";
import type { State } from "../../manifest/state.ts";
import type { Engine } from "../engines/engine.ts";
import type { EngineRuns } from "./engine-runs.ts";
import { metaKey } from "./meta.ts";
import { CONTEXT_TOKENS } from "./prepare.ts";
import { countRefused, refusalOf } from "./refused.ts";
import { count, type IngestReport } from "./report.ts";

export interface FillContext {
  state: State;
  engines: EngineRuns;
  report: IngestReport;
  /** Rows that get their vectors together. */
  commitChunks: number;
  signal: AbortSignal;
  /** Told of the rows that are done and of all that waited. */
  onProgress: (done: number, waiting: number) => void;
}

/**
 * Embeds the rows of an engine that wait, in the table's order. What is written stays written: a run that ends in
 * between is gone on with by the next one.
 */
export async function fillVectors(context: FillContext, engine: Engine): Promise<void> {
  const { state, engines, commitChunks, signal } = context;
  const store = await engines.store(engine.name);
  const ids = await store.waitingIds();
  if (ids.length > 0) {
    const embedder = await engines.embedder(engine);
    state.setMeta(metaKey("index", engine.name), "due");
    for (let first = 0; first < ids.length; first += commitChunks) {
      if (signal.aborted) throw new InterruptedError();
      const waiting = await store.waitingRecords(ids.slice(first, first + commitChunks));
      const { records, passages } = await passagesOf(waiting, embedder, state);
      const told = (texts: number) => context.onProgress(first + texts, ids.length);
      const made = await embedRecords(context, engine, embedder, { records, passages, told });
      if (made.records.length > 0) await store.fill(made.records, made.vectors);
      told(waiting.length);
    }
  }
  state.setMeta(metaKey("vectors", engine.name), "done");
}

/**
 * What is embedded for each record, known by its hash to be what the chunker gave. Where it is not, another version of
 * the program wrote the row, and its file is read again by the next run.
 */
async function passagesOf(waiting: readonly ChunkRecord[], { tokens }: Embedder, state: State) {
  const records: ChunkRecord[] = [];
  const passages: string[] = [];
  for (const record of waiting) {
    const { text } = passageOf({ title: record.title, uri: record.doc }, record, tokens, CONTEXT_TOKENS);
    if (idOf(text) !== record.contentHash) {
      state.forgetSettings(record.item);
      continue;
    }
    records.push(record);
    passages.push(text);
  }
  return { records, passages };
}

interface Passages {
  records: readonly ChunkRecord[];
  passages: readonly string[];
  told: (texts: number) => void;
}

/**
 * Those of the records that the embedder takes, and their vectors `[records, dimension]`; equal passages go through the
 * model once. The others go on without.
 */
async function embedRecords(
  { report, state, signal }: FillContext,
  engine: Engine,
  embedder: Embedder,
  { records, passages, told }: Passages,
): Promise<{ records: ChunkRecord[]; vectors: Float32Array }> {
  const unique = [...new Set(passages)];
  const rows = new Map(unique.map((text, row) => [text, row]));
  const started = performance.now();
  const tokensBefore = report.tokens;
  const { vectors, dimension, truncated, cached, tokens, refused } = await embedder.embed(unique, "document", {
    signal,
    onProgress: (done) => {
      report.tokens = tokensBefore + done.tokens;
      told(done.texts);
    },
  });
  report.tokens = tokensBefore + tokens;
  report.seconds.embed += (performance.now() - started) / 1000;
  const out = new Float32Array(records.length * dimension);
  const taken: ChunkRecord[] = [];
  let found = 0;
  for (const [i, record] of records.entries()) {
    const row = rows.get(passages[i]!)!;
    const why = refused?.get(row);
    if (why !== undefined) {
      refuse(state, report, record, why);
      continue;
    }
    out.set(vectors.subarray(row * dimension, (row + 1) * dimension), taken.length * dimension);
    taken.push(record);
    record.truncated = truncated[row] === 1;
    if (record.truncated) report.truncated++;
    found += cached?.[row] ?? 0;
  }
  report.chunks.cached += found;
  report.chunks.embedded += taken.length - found;
  count(report, engine.name, { cached: found, embedded: taken.length - found });
  return { records: taken, vectors: out.subarray(0, taken.length * dimension) };
}

/** What an earlier run refused already is no new failure. */
function refuse(state: State, report: IngestReport, record: ChunkRecord, why: string): void {
  const failing = state.problemsOf(record.item).length > 0;
  const reject = refusalOf(record, why);
  if (state.addProblem(record.item, record.path, reject)) countRefused(report, record.path, [reject], failing);
}
