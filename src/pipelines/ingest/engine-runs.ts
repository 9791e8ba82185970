/** The engines at work in one run: each with its model and its table, opened when something has to be done with them. */
import { existsSync } from "node:fs";
import type { Settings } from "../../config/schema.ts";
import { MdpError } from "../../core/errors.ts";
import type { Embedder } from "../../core/ports.ts";
import { type Project, tablesDir } from "../../core/project.ts";
import { openStore, type Store } from "../../store/store.ts";
import type { Engine } from "../engines/engine.ts";
import { chooseModel, type ModelChoice } from "../engines/model.ts";
import { Embedders } from "./embedders.ts";
import { CONTEXT_TOKENS } from "./prepare.ts";

/** Every commit makes new index pages, so that a larger cache would only fill with old ones. */
const INDEX_CACHE_BYTES = 16_000_000;
/** `[CLS]` and `[SEP]`, or their like. */
const SPECIAL_TOKENS = 2;

export class EngineRuns implements AsyncDisposable {
  readonly #dir: string;
  readonly #settings: Settings;
  readonly #engines: ReadonlyMap<string, Engine>;
  readonly #choices = new Map<string, Promise<ModelChoice>>();
  readonly #embedders: Embedders;
  readonly #ownsEmbedders: boolean;
  readonly #stores = new Map<string, Promise<Store>>();

  /** @param embedders models that outlive the run; by default its own, which end with it */
  constructor(project: Project, settings: Settings, engines: readonly Engine[], embedders?: Embedders) {
    this.#embedders = embedders ?? new Embedders();
    this.#ownsEmbedders = embedders === undefined;
    this.#dir = tablesDir(project);
    this.#settings = settings;
    this.#engines = new Map(engines.map((engine) => [engine.name, engine]));
  }

  get(name: string): Engine | undefined {
    return this.#engines.get(name);
  }

  /** Which model the engine works with, and why not with another. */
  choice(engine: Engine): Promise<ModelChoice> {
    return once(this.#choices, engine.name, async () => {
      // Only an engine that has a choice needs to know what wrote its table.
      const asks = engine.model === undefined && engine.kind.model !== undefined && existsSync(this.#dir);
      await using stored = asks ? await openStore(this.#storeOptions(engine)) : undefined;
      return chooseModel(engine, this.#settings.embed, stored?.embedder ?? null);
    });
  }

  async embedder(engine: Engine): Promise<Embedder> {
    const { settings } = await this.choice(engine);
    const embedder = await this.#embedders.open(settings);
    const needed = engine.chunkTokens + CONTEXT_TOKENS + SPECIAL_TOKENS;
    const { maxTokens, name } = embedder.description;
    if (needed > maxTokens) {
      const most = maxTokens - CONTEXT_TOKENS - SPECIAL_TOKENS;
      throw new MdpError({
        code: "chunks-too-long",
        message: `chunkTokens ${engine.chunkTokens} is over the ${most} that ${name} can embed`,
        hint: `set --chunk-tokens to at most ${most}, or choose a model with a longer input`,
      });
    }
    return embedder;
  }

  /** The table of an engine; one that the settings do not name any more is opened to delete from. */
  store(name: string): Promise<Store> {
    return once(this.#stores, name, async () => {
      const engine = this.#engines.get(name);
      if (!engine) {
        return openStore({
          dir: this.#dir,
          settings: this.#settings.store,
          table: name,
          indexCacheBytes: INDEX_CACHE_BYTES,
        });
      }
      const { description } = await this.embedder(engine);
      return openStore({ ...this.#storeOptions(engine), embedder: description });
    });
  }

  /** Whether any table was opened. */
  get used(): boolean {
    return this.#stores.size > 0;
  }

  /** What is to be said of the models that were opened. */
  async notes(): Promise<string[]> {
    return this.#embedders.notes();
  }

  async closeEmbedders(): Promise<void> {
    if (this.#ownsEmbedders) await this.#embedders[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const open = [...this.#stores.values()];
    this.#stores.clear();
    for (const store of open)
      await store.then(
        (opened) => opened[Symbol.asyncDispose](),
        () => {},
      );
    await this.closeEmbedders();
  }

  #storeOptions({ table, mapper, store }: Engine) {
    return { dir: this.#dir, settings: store, table, mapper, indexCacheBytes: INDEX_CACHE_BYTES };
  }
}

/** The value of a key, made at most once. */
function once<T>(made: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
  let value = made.get(key);
  if (!value) {
    value = make();
    made.set(key, value);
  }
  return value;
}
