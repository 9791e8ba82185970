/**
 * The documents of an output once more, as its run read and filtered them: from the inputs that are unchanged, with the
 * settings that its plan keeps. Nothing is remembered of single documents, but all of it can be made again.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Document, Reject } from "../../../core/document.ts";
import { MdpError } from "../../../core/errors.ts";
import { type Chain, openChain } from "../../../curate/chain.ts";
import { modifiers } from "../../../curate/modifiers/index.ts";
import type { Curated, Drop, Step } from "../../../curate/step.ts";
import { openReaderPool, type ReadContext, readItem } from "../../../ingest/read.ts";
import { openChatRows } from "../../prepare/chat-rows.ts";
import { hashInput } from "../../prepare/hash-input.ts";
import type { Layout } from "../../prepare/layout.ts";
import { ModelSteps } from "../../prepare/model-steps.ts";
import { type Plan, readPlan } from "../../prepare/plan.ts";
import { type InputLine, inputKey } from "../../prepare/split-inputs.ts";
import { type Manifest, readManifest } from "../output.ts";
import { jsonLines } from "./json-lines.ts";

/** What became of one record of an input before copies were looked for. */
export type Replayed =
  | { reject: Reject }
  /** `text` is what the steps made of it; `drop` says which of them dropped it. */
  | { document: Document; text: string; drop: Drop | undefined };

export class Replay implements AsyncDisposable {
  readonly layout: Layout;
  readonly manifest: Manifest;
  readonly plan: Plan;
  readonly #hashes: ReadonlyMap<string, string>;
  readonly #chain: Chain;
  readonly #models: ModelSteps;
  readonly #pii: Step | undefined;
  readonly #reading: Pick<ReadContext, "pool" | "rowText"> & AsyncDisposable;

  private constructor(
    output: { layout: Layout; manifest: Manifest },
    plan: Plan,
    steps: { chain: Chain; models: ModelSteps; pii: Step | undefined },
    reading: Pick<ReadContext, "pool" | "rowText"> & AsyncDisposable,
  ) {
    this.layout = output.layout;
    this.manifest = output.manifest;
    this.plan = plan;
    this.#hashes = new Map(output.manifest.inputs.map((input) => [inputKey(input), input.sha256]));
    this.#chain = steps.chain;
    this.#models = steps.models;
    this.#pii = steps.pii;
    this.#reading = reading;
  }

  /** @throws MdpError when the folder holds no complete output, or its plan is gone */
  static async open(dir: string): Promise<Replay> {
    const output = await readManifest(dir);
    const { layout } = output;
    const plan = readPlan(layout.plan) ?? readPlan(join(layout.cache, "plan.json"));
    if (!plan || !existsSync(layout.inputs)) {
      throw new MdpError({
        code: "no-plan",
        message: "the plan and the list of inputs of this output are not there any more",
        where: dir,
        hint: "they lie in .cache/ and raw/ of the output; --overwrite makes it again",
      });
    }
    const { curate, ingest } = plan.settings;
    const steps = {
      chain: await openChain(curate),
      models: await ModelSteps.open(curate),
      pii: curate.pii === "off" ? undefined : await (await modifiers.load("pii"))(curate),
    };
    const rowText = await openChatRows(plan);
    const pool = openReaderPool({ ...ingest, concurrency: 1 });
    return new Replay(output, plan, steps, {
      pool,
      rowText,
      [Symbol.asyncDispose]: async () => pool[Symbol.asyncDispose](),
    });
  }

  /** The inputs in the order of the run. */
  inputs(): AsyncGenerator<InputLine> {
    return jsonLines(this.layout.inputs);
  }

  /** Whether an input is what the run read. */
  async isUnchanged(input: InputLine): Promise<boolean> {
    const hash = this.#hashes.get(inputKey(input));
    return hash !== undefined && hash !== "" && (await hashInput(input).catch(() => "")) === hash;
  }

  /** The records of an input, in their order. */
  async *read(input: InputLine): AsyncGenerator<Replayed> {
    const item = { ...input, mtimeNs: BigInt(input.mtimeNs) };
    const context = { ...this.#reading, detectLanguage: false };
    for await (const read of readItem(item, this.plan.settings.ingest, context)) {
      if ("reject" in read) {
        yield read;
        continue;
      }
      const { document } = read;
      const curated: Curated = { document, text: document.text, scores: {}, tags: {} };
      const drop = this.#chain.apply(curated);
      if (drop || !this.#models.active) yield this.#replayed(curated, drop);
      else if (this.#models.add(curated)) yield* this.#scored();
    }
    yield* this.#scored();
  }

  async *#scored(): AsyncGenerator<Replayed> {
    for (const { item, drop } of await this.#models.score()) yield this.#replayed(item, drop);
  }

  /** Personal data is looked for last, in what is kept. */
  #replayed(curated: Curated, drop: Drop | undefined): Replayed {
    if (!drop) this.#pii?.apply(curated);
    return { document: curated.document, text: curated.text, drop };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#reading[Symbol.asyncDispose]();
  }
}

/** The line of the source where a document begins. */
export const firstLine = ({ segments }: Document): number => segments[0]?.line ?? 1;
