/** Embedding models that are loaded once for several users. */
import type { Embedder } from "../../core/ports.ts";
import { openCachedEmbedder } from "../../embed/cached-embedder.ts";
import type { EmbedSettings } from "../../embed/config.ts";

export class Embedders implements AsyncDisposable {
  /** By their settings: engines with the same ones share a model. */
  readonly #open = new Map<string, Promise<Embedder>>();

  /** The model of some settings, its weights loaded when a text needs them; it stays open until all are closed. A failure is not kept. */
  open(settings: EmbedSettings): Promise<Embedder> {
    const key = JSON.stringify(settings);
    const open = this.#open.get(key) ?? openCachedEmbedder(settings);
    this.#open.set(key, open);
    open.catch(() => this.#open.delete(key));
    return open;
  }

  /** What is to be said of those that are open, each thing once. */
  async notes(): Promise<string[]> {
    const open = await Promise.allSettled(this.#open.values());
    const notes = open.flatMap((one) => (one.status === "fulfilled" ? (one.value.notes ?? []) : []));
    return [...new Set(notes)];
  }

  /** Closes all; they are loaded again when they are asked for. */
  async [Symbol.asyncDispose](): Promise<void> {
    const open = [...this.#open.values()];
    this.#open.clear();
    for (const embedder of open) {
      await embedder.then(
        (opened) => opened[Symbol.dispose](),
        () => {},
      );
    }
  }
}
