/** First stage of one task: files → documents → steps of curation → staged documents with their signatures. */
import { mkdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { dirname, join } from "node:path";
import type { Document, Reject } from "../../core/document.ts";
import { assert } from "../../core/errors.ts";
import { NewFile } from "../../core/new-file.ts";
import { type Chain, openChain } from "../../curate/chain.ts";
import type { DedupSettings } from "../../curate/dedup/config.ts";
import { openSignatures, type SignatureWriter } from "../../curate/dedup/dedup.ts";
import { DocumentFileWriter, idOfDocument } from "../../curate/document-file.ts";
import type { Curated, Drop } from "../../curate/step.ts";
import { openReaderPool, type ReadContext, readItem } from "../../ingest/read.ts";
import type { SourceItem } from "../../ingest/sources/source.ts";
import { openChatRows } from "./chat-rows.ts";
import { hashInput } from "./hash-input.ts";
import { type Layout, layoutOf, taskName } from "./layout.ts";
import { ModelSteps } from "./model-steps.ts";
import { type Plan, readPlan, readTaskInputs } from "./plan.ts";
import type { JobProgress } from "./protocol.ts";
import { countLength, type ReadRecord, writeRecord } from "./records.ts";
import { type InputLine, inputBytes } from "./split-inputs.ts";

/** Opened once per process and plan: loading lists and models takes longer than many tasks. */
let opened: ({ plan: string } & Opened) | undefined;

interface Opened {
  chain: Chain;
  models: ModelSteps;
  rowText: ReadContext["rowText"];
}

async function open(plan: Plan): Promise<Opened> {
  if (opened?.plan === plan.id) return opened;
  const { curate } = plan.settings;
  opened = {
    plan: plan.id,
    chain: await openChain(curate),
    models: await ModelSteps.open(curate),
    rowText: await openChatRows(plan),
  };
  return opened;
}

export async function readTask(
  dir: string,
  task: number,
  onProgress: (progress: JobProgress) => Promise<void>,
): Promise<void> {
  const layout = layoutOf(dir);
  const plan = readPlan(layout.plan);
  assert(plan?.tasks[task], `task ${task} is in the plan`);
  const { chain, models, rowText } = await open(plan);
  const stage = await Stage.create(layout, plan, task, chain, models);
  // One file at a time, so one reader process at most.
  await using pool = openReaderPool({ ...plan.settings.ingest, concurrency: 1 });
  const reading = { pool, rowText };
  try {
    let bytes = 0;
    for (const input of await readTaskInputs(layout, plan.tasks[task])) {
      await stage.read(input, reading, (documents) => onProgress({ documents, bytes }));
      bytes += inputBytes(input);
      await onProgress({ documents: stage.documents, bytes });
    }
    await stage.finish();
  } catch (error) {
    await stage.discard();
    throw error;
  }
}

/** Each worker sorts signatures in its share of the memory. */
function shareOf({ settings: { dedup, shard } }: Plan): DedupSettings {
  return { ...dedup, memoryBytes: dedup.memoryBytes / (shard.workers ?? availableParallelism()) };
}

class Stage {
  readonly #layout: Layout;
  readonly #plan: Plan;
  readonly #task: number;
  readonly #chain: Chain;
  readonly #models: ModelSteps;
  readonly #documents: DocumentFileWriter;
  readonly #signatures: SignatureWriter;
  readonly #rejects: NewFile;
  readonly #excluded: NewFile | undefined;
  readonly #record: ReadRecord;

  private constructor(parts: {
    layout: Layout;
    plan: Plan;
    task: number;
    chain: Chain;
    models: ModelSteps;
    documents: DocumentFileWriter;
    signatures: SignatureWriter;
    rejects: NewFile;
    excluded: NewFile | undefined;
  }) {
    this.#layout = parts.layout;
    this.#plan = parts.plan;
    this.#task = parts.task;
    this.#chain = parts.chain;
    this.#models = parts.models;
    this.#documents = parts.documents;
    this.#signatures = parts.signatures;
    this.#rejects = parts.rejects;
    this.#excluded = parts.excluded;
    this.#record = {
      plan: parts.plan.id,
      documents: 0,
      kept: 0,
      characters: 0,
      keptCharacters: 0,
      rejects: 0,
      steps: [],
      lengths: [],
      keptLengths: [],
      languages: {},
      skipped: 0,
      inputs: [],
    };
  }

  static async create(layout: Layout, plan: Plan, task: number, chain: Chain, models: ModelSteps): Promise<Stage> {
    const create = async (path: string) => {
      mkdirSync(dirname(path), { recursive: true });
      return NewFile.create(path);
    };
    const documents = layout.taskFile("documents", task);
    const signatures = layout.taskFile("signatures", task);
    for (const path of [documents, signatures]) mkdirSync(dirname(path), { recursive: true });
    const { keepExcluded } = plan.settings.curate;
    // Counts of the chain belong to one task.
    for (const counts of [...chain.counts, ...models.counts])
      Object.assign(counts, { seen: 0, changed: 0, dropped: {} });
    return new Stage({
      layout,
      plan,
      task,
      chain,
      models,
      documents: await DocumentFileWriter.create(documents),
      signatures: openSignatures(signatures, shareOf(plan)),
      rejects: await create(layout.taskFile("rejects", task)),
      excluded: keepExcluded ? await create(join(layout.excluded, `${taskName(task)}.jsonl`)) : undefined,
    });
  }

  get documents(): number {
    return this.#record.documents;
  }

  async read(
    input: InputLine,
    reading: Pick<ReadContext, "pool" | "rowText">,
    onDocuments: (documents: number) => Promise<void>,
  ): Promise<void> {
    const { settings } = this.#plan;
    const before = this.#record.documents;
    // Before reading: what is read later may be newer, and is then found to differ.
    const sha256 = await hashInput(input).catch(() => "");
    const item: SourceItem = { ...input, mtimeNs: BigInt(input.mtimeNs) };
    const context = {
      ...reading,
      detectLanguage: false,
      onSkip: () => {
        this.#record.skipped++;
      },
    };
    for await (const read of readItem(item, settings.ingest, context)) {
      if ("reject" in read) await this.#reject(read.reject);
      else await this.#add(read.document);
      if (this.#record.documents % 64 === 0) await onDocuments(this.#record.documents);
    }
    const { uri, range } = input;
    const documents = this.#record.documents - before;
    this.#record.inputs.push({ uri, ...(range ? { range } : {}), sha256, documents });
  }

  async #add(document: Document): Promise<void> {
    const record = this.#record;
    record.documents++;
    record.characters += document.text.length;
    countLength(record.lengths, document.text.length);
    const item: Curated = { document, text: document.text, scores: {}, tags: {} };
    const drop = this.#chain.apply(item);
    if (drop) await this.#exclude(item, drop);
    else if (!this.#models.active) await this.#keep(item);
    else if (this.#models.add(item)) await this.#score();
  }

  async #score(): Promise<void> {
    for (const { item, drop } of await this.#models.score()) {
      if (drop) await this.#exclude(item, drop);
      else await this.#keep(item);
    }
  }

  async #keep({ document, text, scores, tags }: Curated): Promise<void> {
    const record = this.#record;
    record.kept++;
    record.keptCharacters += text.length;
    countLength(record.keptLengths, text.length);
    const language = String(tags.language ?? document.lang ?? "unknown");
    record.languages[language] = (record.languages[language] ?? 0) + 1;
    const { uri, kind, title, lang, metadata } = document;
    await this.#documents.add({ uri, kind, title, lang, metadata, scores, tags }, text);
    this.#signatures.add(text);
  }

  async #exclude({ document, text, scores, tags }: Curated, drop: Drop): Promise<void> {
    const { uri: source, metadata } = document;
    const line = { id: idOfDocument(document), source, ...drop, text, metadata, scores, tags };
    await this.#excluded?.append(Buffer.from(`${JSON.stringify(line)}\n`));
  }

  async #reject(reject: Reject): Promise<void> {
    this.#record.rejects++;
    await this.#rejects.append(Buffer.from(`${JSON.stringify(reject)}\n`));
  }

  async finish(): Promise<void> {
    await this.#score();
    await this.#documents.finish();
    await this.#signatures.finish();
    await this.#rejects.commit();
    await this.#excluded?.commit();
    this.#record.steps = [...this.#chain.counts, ...this.#models.counts];
    await writeRecord(this.#layout.taskFile("read", this.#task), this.#record);
  }

  async discard(): Promise<void> {
    this.#signatures.discard();
    await Promise.allSettled([this.#documents.discard(), this.#rejects.discard(), this.#excluded?.discard()]);
  }
}
