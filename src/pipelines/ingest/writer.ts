/**
 * Batches prepared documents, embeds what is new in them, and commits them: documents' rows in the state first, then
 * one upsert of the store, then the items' final rows. What an interrupted run has committed stays.
 */

import type { Reject } from "../../core/document.ts";
import { assert } from "../../core/errors.ts";
import { returnFreedMemory } from "../../core/native.ts";
import type { ChunkRecord } from "../../core/record.ts";
import type { ItemRow, ScanRow, State, StoredDocument } from "../../manifest/state.ts";
import type { Engine } from "../engines/engine.ts";
import type { EngineRuns } from "./engine-runs.ts";
import { metaKey } from "./meta.ts";
import type { PreparedPart } from "./prepare.ts";
import { countRefused, refusalOf } from "./refused.ts";
import { count, type IngestReport } from "./report.ts";

/** Documents without passages count too, so that a million empty files do not gather in memory. */
const BATCH_DOCUMENTS = 1000;
/** Text of a batch, so that memory is bounded when chunks are long. */
const BATCH_CHARACTERS = 8_000_000;

export interface FinishedItem {
  row: Omit<ItemRow, "documents" | "chunks">;
  problems: Reject[];
  /** Read to its end: what it no longer contains may go. */
  complete: boolean;
  /** The item whose content this one has taken over, when it was renamed. */
  movedFrom: string | undefined;
}

interface Entry extends PreparedPart {
  engine: Engine;
  item: ScanRow;
  /** The same document's uri under the item's former name, whose vectors can be used again. */
  formerUri: string | undefined;
}

export interface WriterContext {
  run: string;
  /** A batch is committed at this many passages: enough to sort by length, few enough to lose little. */
  commitChunks: number;
  /** Passages that are not stored yet are written without vectors, which are made later. */
  textFirst: boolean;
  state: State;
  engines: EngineRuns;
  report: IngestReport;
  signal: AbortSignal;
  onProgress: () => void;
}

export class Writer {
  readonly #context: WriterContext;
  #entries: Entry[] = [];
  #finished: FinishedItem[] = [];
  #chunks = 0;
  #characters = 0;
  /** Of the document whose parts are being written: the table that it was in, and ids of its rows that were written. */
  #parted: { place: string | undefined; written: Set<string> } = { place: undefined, written: new Set() };
  #embeddedRecords = 0;
  #cachedRecords = 0;
  /** By item: what the embedder refused of it. */
  readonly #refused = new Map<string, Reject[]>();

  constructor(context: WriterContext) {
    this.#context = context;
  }

  /** Stored chunks whose vectors were made in this run; equal passages share one vector. */
  get embeddedRecords(): number {
    return this.#embeddedRecords;
  }

  /** Stored chunks whose vectors the user's cache had. */
  get cachedRecords(): number {
    return this.#cachedRecords;
  }

  /** Takes a document, or the next part of one, which has a batch of its own; commits the batch when it is full. */
  async add(prepared: PreparedPart, engine: Engine, item: ScanRow, formerUri: string | undefined): Promise<void> {
    if (isPart(prepared) && this.#entries.length > 0) await this.flush();
    this.#entries.push({ ...prepared, engine, item, formerUri });
    this.#chunks += prepared.records.length;
    for (const passage of prepared.passages) this.#characters += passage.length;
    const full =
      isPart(prepared) ||
      this.#chunks >= this.#context.commitChunks ||
      this.#entries.length >= BATCH_DOCUMENTS ||
      this.#characters >= BATCH_CHARACTERS;
    if (full) await this.flush();
  }

  /** Notes that every document of the item has been added. */
  async finish(item: FinishedItem): Promise<void> {
    this.#finished.push(item);
    if (this.#finished.length >= BATCH_DOCUMENTS) await this.flush();
  }

  /** Embeds and commits what has been gathered. */
  async flush(): Promise<void> {
    const entries = this.#entries;
    const finished = this.#finished;
    this.#entries = [];
    this.#finished = [];
    this.#chunks = 0;
    this.#characters = 0;

    for (const [engine, part] of Map.groupBy(entries, (entry) => entry.engine)) await this.#commit(engine, part);
    await this.#settle(finished);
    // The heap would otherwise grow with the number of files: the collector sees no need while native code works.
    Bun.gc(true);
    returnFreedMemory();
    this.#context.onProgress();
  }

  /** One commit of an engine's table. */
  async #commit(engine: Engine, entries: readonly Entry[]): Promise<void> {
    const { state, engines, run, report, textFirst } = this.#context;
    if (entries[0]!.before === 0) this.#parted = { place: state.engineOf(entries[0]!.uri), written: new Set() };
    const places = entries.map(({ before, uri }) => (before > 0 ? this.#parted.place : state.engineOf(uri)));
    const known = entries.filter((entry, i) => entry.formerUri !== undefined || places[i] === engine.name);
    const { records, vectors, waiting } = await this.#vectorize(engine, entries, known);
    await this.#leave(entries.filter((e, i) => e.before === 0 && places[i] !== undefined && places[i] !== engine.name));
    const begun = (entry: Entry) => documentOf(entry, engine.name);
    state.beginDocuments(run, entries.map(begun));
    const started = performance.now();
    if (records.length > 0 || known.length > 0) {
      state.setMeta(metaKey("index", engine.name), "due");
      if (waiting && textFirst) state.setMeta(metaKey("vectors", engine.name), "due");
      const docs = entries.map((entry) => entry.uri);
      Bun.gc(true); // What embedding left is not to be held beside what writing takes.
      const part = isPart(entries[0]!) ? { written: this.#parted.written, last: entries[0]!.last } : undefined;
      const done = await (await engines.store(engine.name)).commit(records, vectors, docs, waiting, part);
      if (part) for (const { id } of records) part.written.add(id);
      count(report, engine.name, { removed: done.deleted });
    }
    report.seconds.store += (performance.now() - started) / 1000;
  }

  /**
   * Takes documents out of the tables that they are in, when another engine is to have them. They are pending before
   * that, so that a run that dies in between is repeated, and their rows name the old engine until its rows are gone.
   */
  async #leave(entries: readonly Entry[]): Promise<void> {
    const { state, run } = this.#context;
    if (entries.length === 0) return;
    const old = entries.map((entry) => ({ uri: entry.uri, engine: state.engineOf(entry.uri)! }));
    state.beginDocuments(
      run,
      entries.map((entry, i) => documentOf(entry, old[i]!.engine)),
    );
    await this.#delete(old);
  }

  /** Deletes documents from the tables of their engines. */
  async #delete(documents: readonly StoredDocument[]): Promise<void> {
    const { state, engines, report } = this.#context;
    for (const [engine, part] of Map.groupBy(documents, (document) => document.engine)) {
      state.setMeta(metaKey("index", engine), "due");
      const removed = await (await engines.store(engine)).deleteDocs(part.map(({ uri }) => uri));
      count(report, engine, { removed });
    }
  }

  /** Final rows of items, and the removal of documents that their new content no longer has. */
  async #settle(finished: readonly FinishedItem[]): Promise<void> {
    const { state, run, report } = this.#context;
    const stale: StoredDocument[] = [];
    for (const { row, complete, movedFrom } of finished) {
      if (complete) stale.push(...state.staleDocuments(row.uri, run));
      if (movedFrom !== undefined) stale.push(...state.documentsOf(movedFrom));
    }
    if (stale.length > 0) {
      await this.#delete(stale);
      state.removeDocuments(stale.map(({ uri }) => uri));
    }
    state.transaction(() => {
      for (const { row, problems, movedFrom } of finished) {
        const refused = this.#refused.get(row.uri) ?? [];
        this.#refused.delete(row.uri);
        const outcome = refused.length > 0 && row.outcome === "ok" ? "partial" : row.outcome;
        state.finishItem({ ...row, outcome }, [...problems, ...refused]);
        countRefused(report, row.path, refused, problems.length > 0);
        if (movedFrom !== undefined) state.removeItem(movedFrom);
      }
    });
  }

  /** The batch's records and vectors: vectors of passages that are stored already are used again. */
  async #vectorize(engine: Engine, entries: readonly Entry[], known: readonly Entry[]) {
    const { report, engines, textFirst } = this.#context;
    const stored = new Map<string, Float32Array>();
    const cut = new Set<string>();
    const started = performance.now();
    if (known.length > 0) {
      const uris = new Set<string>();
      for (const e of known) uris.add(e.uri).add(e.formerUri ?? e.uri);
      const hashes = new Set(entries.flatMap((e) => e.records.map((r) => r.contentHash)));
      for (const prior of await (await engines.store(engine.name)).rowsOfDocs([...uris], hashes)) {
        stored.set(prior.contentHash, prior.vector);
        if (prior.truncated) cut.add(prior.contentHash);
      }
    }
    report.seconds.store += (performance.now() - started) / 1000;

    const records: ChunkRecord[] = entries.flatMap((e) => e.records);
    const fresh = new Map<string, string>();
    for (const e of entries) {
      for (const [i, r] of e.records.entries())
        if (!stored.has(r.contentHash)) fresh.set(r.contentHash, e.passages[i]!);
    }
    for (const r of records) r.truncated = cut.has(r.contentHash);
    if (textFirst && fresh.size > 0) return { records, ...(await this.#withoutVectors(engine, records, stored)) };
    const { kept, refused } = await this.#embed(engine, fresh, stored, cut);
    const isNew = ({ contentHash }: ChunkRecord) => fresh.has(contentHash) && !refused.has(contentHash);
    const cached = records.filter((r) => kept.has(r.contentHash)).length;
    const embedded = records.filter(isNew).length - cached;
    this.#cachedRecords += cached;
    this.#embeddedRecords += embedded;
    count(report, engine.name, { embedded, cached });
    for (const r of records) {
      r.truncated = cut.has(r.contentHash);
      if (r.truncated && isNew(r)) report.truncated++;
    }
    this.#refuse(records, refused);
    const { vectors, waiting } = await this.#withoutVectors(engine, records, stored);
    assert(refused.size > 0 || !waiting.includes(1), "every record has a vector");
    return { records, vectors, waiting: refused.size > 0 ? waiting : undefined };
  }

  /** Adds to `stored` the vectors of new passages, by their hash, and to `cut` those that were too long. */
  async #embed(
    engine: Engine,
    fresh: ReadonlyMap<string, string>,
    stored: Map<string, Float32Array>,
    cut: Set<string>,
  ): Promise<{ kept: Set<string>; refused: Map<string, string> }> {
    const { report, signal, engines } = this.#context;
    const kept = new Set<string>();
    const refused = new Map<string, string>();
    if (fresh.size === 0) return { kept, refused };
    const embedder = await engines.embedder(engine);
    const before = report.chunks.embedded;
    const tokensBefore = report.tokens;
    const start = performance.now();
    const result = await embedder.embed([...fresh.values()], "document", {
      signal,
      onProgress: ({ texts, tokens }) => {
        report.chunks.embedded = before + texts;
        report.tokens = tokensBefore + tokens;
        this.#context.onProgress();
      },
    });
    report.seconds.embed += (performance.now() - start) / 1000;
    report.chunks.embedded = before + fresh.size;
    report.tokens = tokensBefore + result.tokens;
    for (const [i, hash] of [...fresh.keys()].entries()) {
      const why = result.refused?.get(i);
      if (why === undefined)
        stored.set(hash, result.vectors.subarray(i * result.dimension, (i + 1) * result.dimension));
      else refused.set(hash, why);
      if (result.truncated[i]) cut.add(hash);
      if (result.cached?.[i]) kept.add(hash);
    }
    return { kept, refused };
  }

  /** Notes what the embedder refused, to be told with its item. */
  #refuse(records: readonly ChunkRecord[], refused: ReadonlyMap<string, string>): void {
    for (const record of records) {
      const why = refused.get(record.contentHash);
      if (why === undefined) continue;
      const rejects = this.#refused.get(record.item) ?? [];
      rejects.push(refusalOf(record, why));
      this.#refused.set(record.item, rejects);
    }
  }

  /** The vectors that are stored, and which records have none. */
  async #withoutVectors(engine: Engine, records: readonly ChunkRecord[], stored: ReadonlyMap<string, Float32Array>) {
    const { dimension } = (await this.#context.engines.embedder(engine)).description;
    const vectors = new Float32Array(records.length * dimension);
    const waiting = new Uint8Array(records.length);
    for (const [i, { contentHash }] of records.entries()) {
      const vector = stored.get(contentHash);
      if (vector) vectors.set(vector, i * dimension);
      else waiting[i] = 1;
    }
    return { vectors, waiting };
  }
}

/** Whether the document has more parts than this one. */
function isPart({ before, last }: PreparedPart): boolean {
  return before > 0 || !last;
}

/** What the state is told of a document before the store. */
function documentOf({ uri, item, before, records }: Entry, engine: string) {
  return { uri, engine, item, chunks: before + records.length };
}
