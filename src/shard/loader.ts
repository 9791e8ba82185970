/** Loads shards as batches: any order at full speed, the same order on any number of workers, ranks and restarts. */
import { allInOrder } from "../core/all-in-order.ts";
import { MdpError } from "../core/errors.ts";
import { elementsOf, type SlotBytes } from "./loader/assembly.ts";
import { type Buffers, freshBuffers, reusedBuffers } from "./loader/buffers.ts";
import { attentionMask, positionIds } from "./loader/derive.ts";
import { type Gathered, gather } from "./loader/gather.ts";
import { type OpenSet, openSet } from "./loader/open-set.ts";
import { checkOptions, type LoaderOptions, type LoaderSource } from "./loader/options.ts";
import { type BatchPlan, planBatches } from "./loader/plan.ts";
import { ReaderThreads } from "./loader/readers.ts";
import { slotNames } from "./loader/samples.ts";
import { type Sequence, sequenceOf } from "./loader/sequence.ts";
import { checkedState, type LoaderState } from "./loader/state.ts";

export type { DerivedName } from "./loader/derive.ts";
export type { LoaderOptions, LoaderSource } from "./loader/options.ts";
export type { LoaderState } from "./loader/state.ts";

/** One rank's rows of a global batch. All tensors are row-major `[rows, length]`. */
export interface Batch {
  rows: number;
  /** Tokens of a row: of the widest one of this rank, or with `maxTokens` of all ranks, where samples differ. */
  length: number;
  input_ids: Uint16Array | Uint32Array;
  /** Counts the documents of a row from 1; 0 on padding, which comes last. Absent only when it was not asked for. */
  segment_ids?: Uint16Array;
  /** 1 where a token counts in the loss; absent where all of them do. */
  loss_mask?: Uint8Array;
  attention_mask?: Uint8Array;
  position_ids?: Uint32Array;
  /** Rows of all ranks together. */
  globalRows: number;
  epoch: number;
  /** Where a loader goes on after this batch; the same on every rank. */
  state: LoaderState;
}

/**
 * Batches of a set of shards, or of several mixed by weight. Every rank yields the same number of batches. Batches
 * that lie in one piece in a shard are views of it: what is written into them is seen by later batches, but never
 * reaches the file (see `copy`).
 */
export class ShardLoader implements AsyncIterable<Batch>, Disposable {
  readonly #sets: readonly OpenSet[];
  readonly #sequence: Sequence;
  readonly #options: LoaderOptions;
  readonly #threads: ReaderThreads | undefined;
  readonly #buffers: Buffers;
  #state: LoaderState;

  private constructor(sets: readonly OpenSet[], sequence: Sequence, options: LoaderOptions) {
    this.#sets = sets;
    this.#sequence = sequence;
    this.#options = options;
    this.#threads = options.workers ? new ReaderThreads(options.workers) : undefined;
    this.#buffers = options.reuse ? reusedBuffers() : freshBuffers(this.#threads !== undefined);
    const { seed = 0, epoch = 0 } = options;
    this.#state = { fingerprint: sequence.fingerprint, seed, epoch, next: 0 };
  }

  /**
   * Reads the index (or indices), but no shard yet.
   *
   * @throws UsageError for options that make no sense; MdpError for a missing index, or a state of other data
   */
  static async open(source: string | readonly LoaderSource[], options: LoaderOptions = {}): Promise<ShardLoader> {
    checkOptions(options);
    const sources = typeof source === "string" ? [{ path: source }] : source;
    const sets = await allInOrder(sources.map((one) => openSet(one, options)));
    checkAlike(sets, sources);
    const sequence = sequenceOf(
      sets,
      sources.map(({ weight = 1 }) => weight),
      options,
    );
    const { state } = options;
    const checked = state && checkedState(state, sequence.fingerprint, options.seed);
    const loader = new ShardLoader(sets, sequence, options);
    if (checked) loader.#state = checked;
    return loader;
  }

  /** Samples of an epoch, over all ranks. */
  get samplesPerEpoch(): number {
    return this.#sequence.size;
  }

  /** Where to go on after the last batch that was taken: plain JSON, good for any world size, batch size and workers. */
  state(): LoaderState {
    return { ...this.#state };
  }

  /** Goes on from a state. @throws MdpError `other-data` for a state of other data or of another order */
  restore(state: LoaderState): void {
    this.#state = checkedState(state, this.#sequence.fingerprint, this.#options.seed);
  }

  /** Yields batches from the current state to the end of the last epoch, up to `prefetch` of them made ahead. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Batch, void, undefined> {
    // A compressed shard takes a while to unpack; the batches before it give that time.
    const ahead = this.#options.prefetch ?? (this.#sets.some(({ compressed }) => compressed) ? 32 : 2);
    const plans = planBatches(this.#sequence, this.#sets, this.#options, this.#state);
    const running: Promise<Loaded>[] = [];
    try {
      for await (const plan of plans) {
        const loaded = this.#load(plan);
        // A failure is thrown when its turn comes; until then it must not count as unhandled.
        loaded.catch(() => {});
        running.push(loaded);
        if (running.length >= ahead) yield* this.#hand(await running.shift()!);
      }
      while (running.length > 0) yield* this.#hand(await running.shift()!);
    } finally {
      await Promise.allSettled(running);
    }
  }

  /** Ends the worker threads; files are closed when no batch refers to them any more. */
  [Symbol.dispose](): void {
    this.#threads?.[Symbol.dispose]();
  }

  *#hand({ batch, memory }: Loaded): Generator<Batch, void, undefined> {
    this.#state = batch.state;
    yield batch;
    for (const bytes of memory) this.#buffers.give(bytes);
  }

  async #load(plan: BatchPlan): Promise<Loaded> {
    const { copy: own = false, reuse = false, derive = [], tensors } = this.#options;
    const slots = slotNames.filter((slot) => slot === "input_ids" || (tensors ?? slotNames).includes(slot));
    const means = { slots, buffers: this.#buffers, threads: this.#threads, own };
    const gathered = await gather(this.#sets, plan, means);
    return { batch: batchOf(plan, gathered, derive), memory: reuse ? ownMemory(gathered.tensors) : [] };
  }
}

interface Loaded {
  batch: Batch;
  /** What may be used again when the batch is done with. */
  memory: Uint8Array[];
}

/** Views of a shard are not ours to give away: they do not begin where their memory does. */
function ownMemory(tensors: SlotBytes): Uint8Array[] {
  return Object.values(tensors).filter(({ buffer, length }) => buffer.byteLength === length);
}

function batchOf(plan: BatchPlan, { tensors, length, itemBytes }: Gathered, derive: readonly string[]): Batch {
  const rows = plan.samples.length;
  const segments = tensors.segment_ids && (elementsOf("segment_ids", tensors.segment_ids, itemBytes) as Uint16Array);
  return {
    rows,
    length,
    input_ids: elementsOf("input_ids", tensors.input_ids!, itemBytes) as Uint16Array | Uint32Array,
    ...(segments && { segment_ids: segments }),
    ...(tensors.loss_mask && { loss_mask: tensors.loss_mask }),
    ...(segments && derive.includes("attention_mask") && { attention_mask: attentionMask(segments, rows, length) }),
    ...(segments && derive.includes("position_ids") && { position_ids: positionIds(segments, rows, length) }),
    globalRows: plan.globalRows,
    epoch: plan.epoch,
    state: plan.after,
  };
}

/** Tokens of two tokenizers in one batch would mean nothing. */
function checkAlike(sets: readonly OpenSet[], sources: readonly LoaderSource[]): void {
  const [first, ...others] = sets;
  if (!first) throw new MdpError({ code: "no-shards", message: "no set of shards was given" });
  for (const [index, { tokenizer, reader, pad }] of others.entries()) {
    const alike = tokenizer.sha256 === first.tokenizer.sha256 && pad === first.pad;
    if (alike && reader.itemBytes === first.reader.itemBytes) continue;
    throw new MdpError({
      code: "other-tokenizer",
      message: `its tokens are of the tokenizer ${tokenizer.name}, those of ${sources[0]!.path} of ${first.tokenizer.name}`,
      where: sources[index + 1]!.path,
      hint: "mix sets that were made with the same tokenizer",
    });
  }
}
