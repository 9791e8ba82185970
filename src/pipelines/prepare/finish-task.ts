/** Last stage of one task: staged documents without copies → personal data out → tokens, or documents for people. */
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { assert } from "../../core/errors.ts";
import type { CurateSettings } from "../../curate/config.ts";
import { DocumentFile, type DocumentRecord } from "../../curate/document-file.ts";
import { modifiers } from "../../curate/modifiers/index.ts";
import type { Curated, Step } from "../../curate/step.ts";
import { readDecisions, readNumbering } from "./decisions.ts";
import { DocumentSink } from "./document-sink.ts";
import { type Layout, layoutOf } from "./layout.ts";
import { type Plan, readPlan } from "./plan.ts";
import type { JobProgress } from "./protocol.ts";
import { countLength, type FinishRecord, writeRecord } from "./records.ts";
import { StagedDocuments } from "./staged.ts";
import { TokenSink } from "./token-sink.ts";

/** A document that stays, on its way out. */
export interface Kept {
  record: DocumentRecord;
  text: string;
  /** The text as it was read, and that of the first document of its cluster: what decides on the split. */
  original: string;
  leader: string;
}

/** Where the documents of a task go. */
export interface Sink {
  /** Returns the tokens that the document became; 0 for a sink that does not count any. */
  add(document: Kept): Promise<number>;
  finish(): Promise<void>;
  discard(): Promise<void>;
  /** Told of each document that is removed as a copy, where it matters; its text and the first of its cluster are given. */
  removed?(original: () => string, leader: () => string): void;
}

export async function finishTask(
  dir: string,
  task: number,
  onProgress: (progress: JobProgress) => Promise<void>,
): Promise<void> {
  const layout = layoutOf(dir);
  const plan = readPlan(layout.plan);
  assert(plan, "there is a plan");
  const { bases } = readNumbering(layout, plan.id);
  const record = emptyRecord(plan.id);
  const sink = await openSink(layout, plan, task, record);
  using staged = new StagedDocuments([{ folder: dirname(layout.taskFile("documents", 0)), bases }]);
  using file = new DocumentFile(layout.taskFile("documents", task));
  try {
    const pii = await openPii(plan.settings.curate);
    const first = bases[task]!;
    const decisions = readDecisions(layout, first, file.count);
    let bytes = 0;
    for (let i = 0; i < file.count; i++) {
      record.documents++;
      const leader = decisions.clusterOf(first + i);
      // A leader of an earlier corpus lies behind the run's own documents: the document then stands for itself.
      const leaderText = () => (leader === first + i || leader >= staged.count ? file.text(i) : staged.text(leader)!);
      if (decisions.isRemoved(first + i)) {
        record.duplicates++;
        sink.removed?.(() => file.text(i), leaderText);
        continue;
      }
      const text = file.text(i);
      const left = decisions.cutText(first + i, text);
      const document = finishDocument(file.record(i), left, pii, record);
      await addTo(sink, { ...document, original: text, leader: leaderText() }, record);
      bytes += text.length;
      if (i % 64 === 0) await onProgress({ documents: i, bytes });
    }
    await sink.finish();
  } catch (error) {
    await sink.discard();
    throw error;
  }
  mkdirSync(dirname(layout.taskFile("finished", task)), { recursive: true });
  await writeRecord(layout.taskFile("finished", task), record);
}

async function openSink(layout: Layout, plan: Plan, task: number, record: FinishRecord): Promise<Sink> {
  if (plan.command === "shard") return TokenSink.create(layout, plan, task, record);
  if (plan.settings.curate.documentFormat === "jsonl") return DocumentSink.create(layout, task, record);
  const { ParquetSink } = await import("./parquet-sink.ts");
  return ParquetSink.create(layout, task, record);
}

async function openPii(settings: CurateSettings): Promise<Step | undefined> {
  return settings.pii === "off" ? undefined : (await modifiers.load("pii"))(settings);
}

function finishDocument(
  record: DocumentRecord,
  text: string,
  pii: Step | undefined,
  counts: FinishRecord,
): { record: DocumentRecord; text: string } {
  if (!pii) return { record, text };
  const { uri, kind, title, lang, metadata, scores, tags } = record;
  const document = { uri, kind, title, lang, text, segments: [], row: null, metadata };
  const item: Curated = { document, text, scores, tags };
  pii.apply(item);
  for (const [name, count] of Object.entries(scores)) {
    if (!name.startsWith("pii.") || name === "pii.spans" || count === 0) continue;
    const found = name.slice("pii.".length);
    counts.pii[found] = (counts.pii[found] ?? 0) + count;
  }
  return { record, text: item.text };
}

async function addTo(sink: Sink, document: Kept, record: FinishRecord): Promise<void> {
  if (document.text === "") {
    record.empty++;
    return;
  }
  const tokens = await sink.add(document);
  record.kept++;
  record.characters += document.text.length;
  record.tokens += tokens;
  countLength(record.tokenLengths, tokens);
}

function emptyRecord(plan: string): FinishRecord {
  return {
    plan,
    documents: 0,
    duplicates: 0,
    empty: 0,
    kept: 0,
    characters: 0,
    tokens: 0,
    tokenLengths: [],
    pii: {},
    splits: {},
    joinedSplits: 0,
  };
}
