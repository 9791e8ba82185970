/** Measures ways to search a table's vectors against the exact answer, on a copy of the vectors alone. */
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { arrow } from "../core/arrow.ts";
import { InterruptedError } from "../core/errors.ts";
import { textData, textsOf, vectorData } from "./columns.ts";
import { storeError } from "./errors.ts";
import { buildVectorIndex } from "./indices.ts";
import { type LanceDB, lancedb } from "./lancedb.ts";
import { folderBytes } from "./status.ts";
import type { TableIndices } from "./table-indices.ts";
import type { VectorIndex, VectorSearch } from "./tuning.ts";
import { dot, nearestQuery, scoreRows } from "./vector-search.ts";
import { BITS, storeVectors, type VectorLayout, vectorFields } from "./vector-types.ts";

/** Hits that are compared with the exact ones. */
const JUDGED = 10;
const WARM_UP = 5;
/** Times within this factor of the best are taken as equal: they differ by as much from run to run. */
const AS_QUICK = 1.25;
/** Rows of one write of the copy. */
const ROWS_PER_WRITE = 16_384;

export interface TuneQuery {
  vector: Float32Array;
  /** Id of the row that it is, which is left out of the answers; null for a question. */
  own: string | null;
}

export interface Trial extends VectorSearch {
  /** Share of the ten nearest that it found, over all queries. */
  recall: number;
  p50Ms: number;
  p95Ms: number;
  /** 0 for an exact search. */
  buildSeconds: number;
  indexBytes: number;
}

export interface TuneOptions {
  /** Folder for the copy; what is in it goes, and it goes in the end. */
  scratch: string;
  queries: readonly TuneQuery[];
  indices: readonly VectorIndex[];
  /** Rows that one query asks for: those of a search, of which the first ten are judged. */
  limit: number;
  signal?: AbortSignal | undefined;
  onStep?: ((doing: string) => void) | undefined;
}

/** Every trial, in the order of `searchesOf`. */
export async function tuneVectors(source: TableIndices, options: TuneOptions): Promise<Trial[]> {
  const { scratch, queries, indices, onStep, signal } = options;
  rmSync(scratch, { recursive: true, force: true });
  mkdirSync(scratch, { recursive: true });
  try {
    const connection = await lancedb().connect(scratch);
    const copy = await connection.createEmptyTable("vectors", schemaOf(source.layout));
    onStep?.("the exact answers");
    const truth = await copyAndAnswer(source, copy, queries, signal);
    const trials: Trial[] = [];
    for (const index of ["exact", ...indices] as const) {
      const built =
        index === "exact" ? { buildSeconds: 0, indexBytes: 0 } : await build(copy, source.layout, index, options);
      for (const search of searchesOf(source.layout, index)) {
        if (signal?.aborted) throw new InterruptedError("nothing was changed");
        onStep?.(`${index}, search ${trials.length + 1}`);
        trials.push({ ...search, ...(await measure(copy, source.layout, search, truth, options)), ...built });
      }
    }
    copy.close();
    connection.close();
    return trials;
  } catch (error) {
    throw storeError(error, scratch, "measuring searches failed");
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** What is tried with an index. */
function searchesOf({ distance }: VectorLayout, index: VectorIndex | "exact"): VectorSearch[] {
  const grid = (key: "nprobes" | "ef", values: readonly number[], refine: readonly number[]): VectorSearch[] =>
    values.flatMap((value) => refine.map((refineFactor) => ({ index, [key]: value, refineFactor })));
  if (distance === "hamming") {
    return index === "exact"
      ? [2, 4, 10, 20].map((refineFactor) => ({ index, refineFactor }))
      : grid("nprobes", [5, 20, 80], [4, 10]);
  }
  switch (index) {
    case "exact":
      return [{ index }];
    case "IVF_FLAT":
      return grid("nprobes", [5, 10, 20, 40, 80], [1]);
    case "IVF_HNSW_SQ":
      return grid("ef", [150, 300], [1, 3]);
    default:
      return grid("nprobes", [5, 20, 80], [1, 3, 10]);
  }
}

function schemaOf({ type, dimension }: VectorLayout) {
  const a = arrow();
  return new a.Schema([new a.Field("id", new a.Utf8(), false), ...vectorFields(type, dimension, false)]);
}

/** Fills the copy, and compares every vector with every query on the way: the truth needs no index and no LanceDB. */
async function copyAndAnswer(
  source: TableIndices,
  copy: LanceDB.Table,
  queries: readonly TuneQuery[],
  signal: AbortSignal | undefined,
): Promise<Set<string>[]> {
  const best = queries.map(({ vector, own }) => new Best(vector, own));
  let ids: string[] = [];
  let rows: Float32Array[] = [];
  const flush = async () => {
    if (ids.length > 0) await copy.add(batchOf(source.layout, ids, rows));
    [ids, rows] = [[], []];
  };
  for await (const batch of source.vectors()) {
    if (signal?.aborted) throw new InterruptedError("nothing was changed");
    for (const [i, vector] of batch.vectors.entries()) {
      const length = Math.sqrt(dot(vector, vector));
      for (const query of best) query.offer(batch.ids[i]!, vector, length);
      ids.push(batch.ids[i]!);
      rows.push(vector);
    }
    if (ids.length >= ROWS_PER_WRITE) await flush();
  }
  await flush();
  return best.map(({ ids: nearest }) => new Set(nearest));
}

/** The nearest rows to a query so far. */
class Best {
  readonly ids: string[] = [];
  readonly #cosines: number[] = [];
  readonly #query: Float32Array;
  readonly #own: string | null;

  constructor(query: Float32Array, own: string | null) {
    this.#query = query;
    this.#own = own;
  }

  offer(id: string, vector: Float32Array, length: number): void {
    if (length === 0) return;
    const cosine = dot(this.#query, vector) / length;
    const full = this.ids.length === JUDGED;
    if ((full && cosine <= this.#cosines[JUDGED - 1]!) || id === this.#own) return;
    let place = this.ids.length;
    while (place > 0 && this.#cosines[place - 1]! < cosine) place--;
    this.ids.splice(place, 0, id);
    this.#cosines.splice(place, 0, cosine);
    this.ids.length = Math.min(this.ids.length, JUDGED);
    this.#cosines.length = this.ids.length;
  }
}

function batchOf({ type, dimension }: VectorLayout, ids: readonly string[], rows: readonly Float32Array[]) {
  const a = arrow();
  const vectors = new Float32Array(ids.length * dimension);
  for (const [row, vector] of rows.entries()) vectors.set(vector, row * dimension);
  const stored = storeVectors(vectors, dimension, type);
  const schema = schemaOf({ type, dimension } as VectorLayout);
  const data = schema.fields.map((field) => {
    if (field.name === "id") return textData(ids);
    return vectorData(field, field.name === BITS ? stored.bits! : stored.values);
  });
  const struct = a.makeData({ type: new a.Struct(schema.fields), length: ids.length, nullCount: 0, children: data });
  return new a.Table([new a.RecordBatch(schema, struct)]);
}

async function build(copy: LanceDB.Table, layout: VectorLayout, index: VectorIndex, { scratch, onStep }: TuneOptions) {
  onStep?.(`building ${index}`);
  const before = await folderBytes(join(scratch, "vectors.lance", "_indices"));
  const started = performance.now();
  await buildVectorIndex(copy, layout, index);
  const buildSeconds = (performance.now() - started) / 1000;
  const indexBytes = (await folderBytes(join(scratch, "vectors.lance", "_indices"))) - before;
  return { buildSeconds, indexBytes };
}

async function measure(
  copy: LanceDB.Table,
  layout: VectorLayout,
  search: VectorSearch,
  truth: readonly Set<string>[],
  { queries, limit, signal }: TuneOptions,
) {
  const ask = async ({ vector, own }: TuneQuery) => {
    const rows = await nearestQuery(copy, layout, { vector, limit: limit + 1 }, search).toArrow();
    const scores = scoreRows(rows, layout, vector);
    const ids = [...textsOf(rows, "id")];
    const order = ids.map((_, row) => row).filter((row) => ids[row] !== own);
    order.sort((a, b) => scores[b]! - scores[a]!);
    return order.slice(0, JUDGED).map((row) => ids[row]!);
  };
  for (const query of queries.slice(0, WARM_UP)) await ask(query);
  const times: number[] = [];
  let found = 0;
  let wanted = 0;
  for (const [i, query] of queries.entries()) {
    if (signal?.aborted) throw new InterruptedError("nothing was changed");
    const started = performance.now();
    const ids = await ask(query);
    times.push(performance.now() - started);
    found += ids.filter((id) => truth[i]!.has(id)).length;
    wanted += truth[i]!.size;
  }
  times.sort((a, b) => a - b);
  const at = (share: number) => times[Math.min(times.length - 1, Math.floor(share * times.length))]!;
  return { recall: found / wanted, p50Ms: at(0.5), p95Ms: at(0.95) };
}

/**
 * The quickest way that reaches the recall. Of those that are about as quick the one with the smallest index, which is
 * made and kept up to date soonest; an exact search needs none. Undefined where none reaches it.
 */
export function cheapest(trials: readonly Trial[], recall: number): Trial | undefined {
  const good = trials.filter((trial) => trial.recall >= recall);
  const best = Math.min(...good.map(({ p50Ms }) => p50Ms));
  return good
    .filter(({ p50Ms }) => p50Ms <= best * AS_QUICK)
    .sort((a, b) => a.indexBytes - b.indexBytes || a.p50Ms - b.p50Ms)[0];
}
