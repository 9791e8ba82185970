/** Copies by meaning: documents whose embeddings point almost the same way, looked for within clusters of directions. */

import { Clusters } from "../clusters.ts";
import { bitsFor, setBit } from "../files/bits.ts";
import type { Duplicates, RemovedDocument } from "../resolution.ts";
import { nearest, trainCentroids } from "./kmeans.ts";

export interface SemanticOptions {
  /** Cosine from which a document is a copy of one that stays. */
  threshold: number;
  /** Clusters of k-means; by default the square root of the number of documents. */
  clusters?: number;
  seed?: number;
}

/** Clusters in which a document is compared and kept: with one alone, copies on both sides of a border are missed. */
const PROBES = 2;

/**
 * Goes through the documents in order; one whose cosine with a document that stays reaches the threshold is removed for
 * the closest of those. `vectors` holds unit vectors, row after row. Only documents that share one of their two nearest
 * clusters are compared, so that some copies may be missed; those that are removed are removed for the exact score.
 */
export function semanticDuplicates(vectors: Float32Array, dimension: number, options: SemanticOptions): Duplicates {
  const documents = vectors.length / dimension;
  const wanted = options.clusters ?? Math.round(Math.sqrt(documents));
  const count = Math.min(Math.max(1, wanted), documents);
  const centroids = trainCentroids(vectors, dimension, count, options.seed ?? 1);
  const removed = bitsFor(documents);
  const forest = new Clusters(documents);
  const removals: RemovedDocument[] = [];
  const kept = Array.from({ length: count }, (): number[] => []);
  for (let doc = 0; doc < documents; doc++) {
    const near = nearest(vectors, doc, centroids, PROBES);
    const best = closest(vectors, dimension, doc, near, kept);
    if (best && best.score >= options.threshold) {
      removals.push({ doc, ...best, method: "semantic" });
      setBit(removed, doc);
      forest.join(doc, best.partner);
    } else {
      for (const cluster of near) kept[cluster]!.push(doc);
    }
  }
  const cluster = Uint32Array.from({ length: documents }, (_, doc) => forest.find(doc));
  return {
    documents,
    removed,
    cluster,
    clusters: new Set(removals.map(({ doc }) => cluster[doc])).size,
    counts: { semantic: removals.length },
    async *removals() {
      yield* removals;
    },
  };
}

function closest(
  vectors: Float32Array,
  dimension: number,
  doc: number,
  near: readonly number[],
  kept: readonly number[][],
): { partner: number; score: number } | undefined {
  let best: { partner: number; score: number } | undefined;
  for (const cluster of near) {
    for (const partner of kept[cluster]!) {
      const score = dot(vectors, doc * dimension, vectors, partner * dimension, dimension);
      if (!best || score > best.score || (score === best.score && partner < best.partner)) best = { partner, score };
    }
  }
  return best;
}

function dot(a: Float32Array, from: number, b: Float32Array, other: number, length: number): number {
  let sum = 0;
  for (let i = 0; i < length; i++) sum += a[from + i]! * b[other + i]!;
  return sum;
}
