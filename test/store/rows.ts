/** Records, vectors and stores for the tests of the store and of the search. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as v from "valibot";
import { idOf } from "../../src/core/hash.ts";
import type { EmbedderDescription } from "../../src/core/ports.ts";
import type { ChunkRecord } from "../../src/core/record.ts";
import { StoreSettings } from "../../src/store/config.ts";

export const DIMENSION = 16;

export function description(dimension = DIMENSION, fingerprint = "a".repeat(64)): EmbedderDescription {
  return {
    fingerprint,
    name: "test-embedder",
    modelType: "test",
    dimension,
    maxTokens: 256,
    pooling: "mean",
    normalize: true,
    dtype: "float32",
    queryPrefix: "",
    documentPrefix: "",
    weightsSha256: "0".repeat(64),
    tokenizerSha256: "1".repeat(64),
  };
}

export function settings(values: v.InferInput<typeof StoreSettings> = {}): StoreSettings {
  return v.parse(StoreSettings, values);
}

/** A record of `doc` with this text; `changes` replace any field. */
export function record(doc: string, text: string, changes: Partial<ChunkRecord> = {}): ChunkRecord {
  const contentHash = idOf(text);
  return {
    id: idOf(doc, contentHash, "0"),
    doc,
    item: doc,
    root: "docs",
    path: doc,
    title: "",
    kind: "markdown",
    lang: "en",
    text,
    headings: [],
    contentHash,
    seq: 0,
    startLine: 1,
    endLine: 1,
    page: null,
    row: null,
    start: 0,
    end: text.length,
    tokens: text.split(/\s+/).length,
    truncated: false,
    mtimeMs: 1_700_000_000_000,
    metadata: {},
    ...changes,
  };
}

/** A small, seeded random generator (mulberry32), 0 ≤ x < 1. */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function gaussian(next: () => number): number {
  return Math.sqrt(-2 * Math.log(next() + 1e-12)) * Math.cos(2 * Math.PI * next());
}

/** Row-major `[count, dimension]` unit vectors around `clusters` centres. */
export function unitVectors(count: number, options: { dimension?: number; seed?: number; clusters?: number } = {}) {
  const { dimension = DIMENSION, seed = 1, clusters = Math.max(1, Math.ceil(count / 20)) } = options;
  const next = random(seed);
  const centres = Float32Array.from({ length: clusters * dimension }, () => gaussian(next));
  const vectors = new Float32Array(count * dimension);
  for (let row = 0; row < count; row++) {
    const centre = Math.floor(next() * clusters) * dimension;
    let squares = 0;
    for (let i = 0; i < dimension; i++) {
      const value = centres[centre + i]! + 0.7 * gaussian(next);
      vectors[row * dimension + i] = value;
      squares += value * value;
    }
    for (let i = 0; i < dimension; i++) vectors[row * dimension + i]! /= Math.sqrt(squares);
  }
  return vectors;
}

/** A folder that is removed at the end of the scope. */
export function temporaryFolder(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), "mdp-store-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}
