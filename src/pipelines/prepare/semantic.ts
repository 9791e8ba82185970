/** Copies by meaning, from the vectors that the project's store already has of the documents' passages. */
import { existsSync } from "node:fs";
import type { Settings } from "../../config/schema.ts";
import { MdpError } from "../../core/errors.ts";
import { type Project, tablesDir } from "../../core/project.ts";
import { type Duplicates, semanticDuplicates } from "../../curate/dedup/dedup.ts";
import { DocumentFile } from "../../curate/document-file.ts";
import { openStore, type Store } from "../../store/store.ts";
import type { Layout } from "./layout.ts";

/** Documents whose vectors are asked for together. */
const ASKED_TOGETHER = 500;
const HINT = "read the same files into the project first: mdp ingest <paths>";

export interface SemanticRequest {
  layout: Layout;
  project: Project;
  settings: Settings;
  /** First number of each task's documents, then the count of all. */
  bases: readonly number[];
  isRemoved: (document: number) => boolean;
}

export interface SemanticResult {
  /** Copies among the documents that have vectors, by their position in `documents`. */
  duplicates: Duplicates;
  /** The number of each compared document. */
  documents: number[];
  /** Documents that stay because the store knows nothing of them. */
  unknown: number;
}

/**
 * Compares the documents that stay by the mean of their passages' vectors.
 *
 * @throws MdpError when nothing was ingested, or the vectors do not fit into the memory that is allowed
 */
export async function semanticCopies(request: SemanticRequest): Promise<SemanticResult> {
  const { layout, project, settings, bases } = request;
  const dir = tablesDir(project);
  if (!existsSync(dir)) {
    const message = "copies by meaning need the vectors of the project's store, and nothing was ingested";
    throw new MdpError({ code: "nothing-ingested", message, where: project.dir, hint: HINT });
  }
  await using store = await openStore({ dir, settings: settings.store });
  const means = new Means(settings.dedup.memoryBytes);
  const result = { documents: [] as number[], unknown: 0 };
  for (let task = 0; task < bases.length - 1; task++) {
    using file = new DocumentFile(layout.taskFile("documents", task));
    for (let from = 0; from < file.count; from += ASKED_TOGETHER) {
      const numbers = Array.from({ length: Math.min(ASKED_TOGETHER, file.count - from) }, (_, i) => from + i).filter(
        (i) => !request.isRemoved(bases[task]! + i),
      );
      const uris = numbers.map((i) => file.record(i).uri);
      const found = await vectorsOf(store, uris);
      for (const [k, i] of numbers.entries()) {
        const vectors = found.get(uris[k]!);
        if (!vectors) result.unknown++;
        else {
          result.documents.push(bases[task]! + i);
          means.add(vectors);
        }
      }
    }
  }
  if (result.documents.length === 0) {
    const message = "the project's store holds none of these documents";
    throw new MdpError({ code: "nothing-ingested", message, where: dir, hint: HINT });
  }
  const { threshold, hashSeed: seed } = settings.dedup;
  return { ...result, duplicates: semanticDuplicates(means.vectors(), means.dimension, { threshold, seed }) };
}

async function vectorsOf(store: Store, uris: readonly string[]): Promise<Map<string, Float32Array[]>> {
  const found = new Map<string, Float32Array[]>();
  // Sorted by id: the store gives rows in no order, and sums of floats depend on it.
  const rows = (await store.rowsOfDocs(uris)).sort((a, b) => (a.id < b.id ? -1 : 1));
  for (const { doc, vector } of rows) found.set(doc, [...(found.get(doc) ?? []), vector]);
  return found;
}

/** Unit vectors of documents, in one growing array. */
class Means {
  dimension = 0;
  #data = new Float32Array(0);
  #used = 0;
  readonly #limitBytes: number;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  add(vectors: readonly Float32Array[]): void {
    this.dimension ||= vectors[0]!.length;
    if (this.#used + this.dimension > this.#data.length) this.#grow();
    const mean = this.#data.subarray(this.#used, this.#used + this.dimension);
    for (const vector of vectors) for (let i = 0; i < mean.length; i++) mean[i]! += vector[i]!;
    let sum = 0;
    for (const value of mean) sum += value * value;
    const length = Math.sqrt(sum) || 1;
    for (let i = 0; i < mean.length; i++) mean[i]! /= length;
    this.#used += this.dimension;
  }

  vectors(): Float32Array {
    return this.#data.subarray(0, this.#used);
  }

  #grow(): void {
    const length = Math.max(this.dimension * 1_024, this.#data.length * 2);
    if (length * 4 > this.#limitBytes) {
      throw new MdpError({
        code: "memory-too-small",
        message: `the vectors of the documents need more than the ${this.#limitBytes} bytes that are allowed`,
        hint: "raise --memory, or look for copies by meaning in parts of the corpus",
      });
    }
    const grown = new Float32Array(length);
    grown.set(this.#data);
    this.#data = grown;
  }
}
