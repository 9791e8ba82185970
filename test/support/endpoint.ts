/** A model at an endpoint on this machine, and what becomes of some texts when the endpoint fails as it is told. */
import { afterEach, beforeEach } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Clock } from "../../src/embed/remote/clock.ts";
import { openRemoteEmbedder } from "../../src/embed/remote/open.ts";
import { EmbeddingServer, type EmbeddingServerOptions, vectorOf } from "./embedding-server.ts";

/** Waits for nothing, and remembers for how long it would have. */
export class FakeClock implements Clock {
  readonly seed = 1;
  readonly pauses: number[] = [];
  #now = 0;
  now() {
    return this.#now;
  }
  async sleep(ms: number, signal: AbortSignal) {
    signal.throwIfAborted();
    this.pauses.push(ms);
    this.#now += ms;
  }
}

/**
 * An empty cache for each test, since what is learnt of a server is kept under its port, which a later server may get.
 * Call it once at the top of a test file.
 */
export function eachWithEmptyCache(): void {
  const before = process.env.XDG_CACHE_HOME;
  let cache: string;
  beforeEach(() => {
    cache = mkdtempSync(join(tmpdir(), "mdp-endpoints-"));
    process.env.XDG_CACHE_HOME = cache;
  });
  afterEach(() => {
    if (before === undefined) delete process.env.XDG_CACHE_HOME;
    else process.env.XDG_CACHE_HOME = before;
    rmSync(cache, { recursive: true, force: true });
  });
}

export const TEXTS = ["red green blue", "one two three", "ein zwei drei", "north and south", "salt and pepper"];

/** The vector that the server gives, of length 1. */
export function unit(text: string, dimension = 32): number[] {
  const vector = vectorOf(text, dimension);
  const length = Math.hypot(...vector);
  return Array.from(vector, (value) => Math.fround(value / length));
}

/** The rows of a matrix. */
export function rows({ vectors, dimension }: { vectors: Float32Array; dimension: number }): number[][] {
  return Array.from({ length: vectors.length / dimension }, (_, i) => [
    ...vectors.subarray(i * dimension, (i + 1) * dimension),
  ]);
}

export type EndpointSettings = Parameters<typeof openRemoteEmbedder>[0];

/** The embedder of a server, with a key in the variable `KEY`. */
export async function opened(
  server: EmbeddingServer,
  settings: Partial<EndpointSettings> = {},
  clock: Clock = new FakeClock(),
) {
  const environment = { KEY: "sk-very-secret" };
  return openRemoteEmbedder({ model: server.address, ...settings }, { clock, environment });
}

/** What the texts come to at a server that fails as told from the second request on; the first asks for the length. */
async function embedded(
  fault: EmbeddingServerOptions["fault"],
  settings: Partial<EndpointSettings> = {},
  texts = TEXTS,
) {
  const server = new EmbeddingServer({ fault: (asked, nth) => (nth === 1 ? undefined : fault?.(asked, nth)) });
  try {
    const clock = new FakeClock();
    if (settings.requestTimeoutMs !== undefined) {
      // The first request has all the time that it needs, and what it learns is remembered.
      const { requestTimeoutMs: _, ...patient } = settings;
      (await opened(server, patient, clock))[Symbol.dispose]();
    }
    using embedder = await opened(server, settings, clock);
    const result = await embedder.embed(texts, "document").catch((thrown: unknown) => thrown as Error);
    return { result, clock, server };
  } finally {
    server[Symbol.dispose]();
  }
}

/** The error of that. */
export async function failed(fault: EmbeddingServerOptions["fault"], settings: Partial<EndpointSettings> = {}) {
  const { result, clock, server } = await embedded(fault, settings);
  if (!(result instanceof Error)) throw new Error("it did not fail");
  return { error: result as Error & { code: string; hint: string }, clock, server };
}

/** The vectors of that. */
export async function good(
  fault: EmbeddingServerOptions["fault"],
  settings: Partial<EndpointSettings> = {},
  texts = TEXTS,
) {
  const { result, ...rest } = await embedded(fault, settings, texts);
  if (result instanceof Error) throw result;
  return { result, ...rest };
}
