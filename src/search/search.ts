/** Search: a vector leg and a full-text leg over one version of each table, fused here. */
import { allInOrder } from "../core/all-in-order.ts";
import { assert, UsageError } from "../core/errors.ts";
import type { Embedder } from "../core/ports.ts";
import type { ChunkRecord } from "../core/record.ts";
import { UnknownColumnError } from "../store/filter.ts";
import type { Found, Snapshot, Started, TextQuery, VectorQuery } from "../store/snapshot.ts";
import type { Store } from "../store/store.ts";
import type { SearchSettings } from "./config.ts";
import { byCoverage, type Covered } from "./coverage.ts";
import { withRewrites } from "./expand.ts";
import { alone, byScore, type Fused, type Fusion, fuse, interleave, type Leg, SCALE_ROWS } from "./fusion.ts";
import { joinNeighbours, rowsToJoin, type Shown } from "./join.ts";
import { ALPHA, queryForm } from "./query-form.ts";
import { type Reranked, type RerankedRow, type RerankOptions, readText, rerank } from "./rerank.ts";

export type { SearchSettings } from "./config.ts";
export type { Leg } from "./fusion.ts";

/**
 * Fewest candidates of a leg, and candidates per hit: the same for one hit as for a hundred, so that the first hits are the
 * same however many are asked for.
 */
const LEAST_CANDIDATES = SCALE_ROWS;
const CANDIDATES_PER_HIT = LEAST_CANDIDATES / 100;

export interface SearchRequest {
  query: string;
  settings: SearchSettings;
  /** Adds what each leg contributed, and LanceDB's plans. */
  explain?: boolean;
  /** The query in other words, whose hits are added with less weight. */
  rewrites?: readonly string[];
  /** Reads the best passages again, as many as the settings say. */
  reranker?: RerankOptions["reranker"] | undefined;
}

export interface Hit {
  /** 1-based. */
  rank: number;
  /**
   * Hybrid: 0–1. Vector: the cosine. Text: BM25 times the coverage. From tables of several embedders, with rewrites,
   * and reranked: 0–1.
   */
  score: number;
  record: ChunkRecord;
  /** Name of the table that it is from, as the caller gave it. */
  table: string;
  /** Neighbours in their document that were found too and are a part of this hit, it among them; see `joinNeighbours`. */
  passages?: ChunkRecord[];
  legs: { vector?: Leg; text?: Leg };
  /** Ranks among the hits of the query in other words, with `explain`. */
  rewritten?: { query: string; rank: number }[];
  /** What a reranker made of it. */
  reranked?: RerankedRow;
  /**
   * What each leg adds to the score, and all rewrites; the parts sum up to it. Of a reranked hit these sum up to the
   * score before, `position` and `reranker` to the score.
   */
  explain?: { vector?: number; text?: number; rewrites?: number; position?: number; reranker?: number };
}

export interface SearchResult {
  mode: SearchSettings["mode"];
  hits: Hit[];
  /** Of all tables, one after another. */
  plans?: { vector?: string; text?: string };
}

/** What a search needs of an embedder; null is enough for `text`. */
export type QueryEmbedder = Pick<Embedder, "embed" | "description">;

/** A table to search. Scores of tables are compared when their embedders are equal. */
export interface SearchTable {
  name: string;
  store: Store;
  embedder: QueryEmbedder | null;
  /** A condition over this table alone, beside the filter of the settings. */
  filter?: string | undefined;
  /** Passages that stand side by side may become one hit: text that is read on. */
  joins?: boolean;
  /** Weights of its vector leg, asked alone, where the settings say none; see `ALPHA`. */
  alpha?: Partial<typeof ALPHA> | undefined;
}

/** Answers a query from the newest version of one table. An empty or missing table has no hits. */
export function search(store: Store, embedder: QueryEmbedder | null, request: SearchRequest): Promise<SearchResult> {
  return searchTables([{ name: "", store, embedder }], request);
}

/**
 * Answers a query from several tables. Those of one embedder are searched as if they were one; the rankings of
 * different embedders are joined by rank.
 *
 * @throws UsageError for an empty query, and for a filter that no table understands
 */
export async function searchTables(tables: readonly SearchTable[], request: SearchRequest): Promise<SearchResult> {
  const { query, settings, rewrites = [] } = request;
  if (query.trim() === "") throw new UsageError("the query is empty", 'write what to look for: mdp search "…"');
  const opened = await allInOrder(
    tables.map(async ({ store, ...table }) => ({ ...table, snapshot: await store.snapshot() })),
  );
  const filled = opened.filter((table): table is OpenTable => (table.snapshot?.rows ?? 0) > 0);
  if (filled.length === 0) return { mode: settings.mode, hits: [] };

  const groups = [...Map.groupBy(filled, ({ embedder }) => embedder?.description.fingerprint).values()];
  const asked = await allInOrder(groups.map((group) => askInWords(group, settings, [query, ...rewrites])));
  const own = asked.flatMap(([answers]) => answers!);
  const failed = own.filter(({ error }) => error !== undefined);
  if (failed.length === filled.length) throw failed[0]!.error;

  const rankings = asked.map(([answers, ...others]) =>
    withRewrites(
      rank(query, settings, answers!),
      others.map((rows, i) => ({ query: rewrites[i]!, rows: rank(rewrites[i]!, settings, rows) })),
      settings.mode,
    ),
  );
  const places = new Map(asked.flat(2).flatMap((answer) => placesOf(answer)));
  const ranked = await reorder(rankings.length === 1 ? rankings[0]! : interleave(rankings), places, request);
  const minScore = settings.minScore ?? Number.NEGATIVE_INFINITY;
  const kept = ranked.filter(({ score }) => score >= minScore);
  const joining = new Set(settings.join ? filled.filter(({ joins }) => joins).map(({ name }) => name) : []);
  const best = kept.slice(0, joining.size > 0 ? rowsToJoin(settings.k) : settings.k);
  const records = await recordsOf(best, places);
  const shown = joinNeighbours(
    best,
    ({ id }) => ({ record: recordAt(records, id), table: places.get(id)!.table.name }),
    joining,
  );
  const result: SearchResult = {
    mode: settings.mode,
    hits: shown.slice(0, settings.k).map((one, index) => toHit(one, index, places, request.explain ?? false)),
  };
  if (request.explain) result.plans = await plansOf(own);
  return result;
}

type OpenTable = Omit<SearchTable, "store"> & { snapshot: Snapshot };

interface Queries {
  vector: VectorQuery | undefined;
  text: TextQuery | undefined;
}

/** What the legs found in one table; nothing, with the error, where it does not know a column of the filter. */
interface Answer {
  table: OpenTable;
  queries: Queries;
  vector: Found[];
  text: Covered<Found>[];
  error?: UnknownColumnError;
}

/** Answers to each of several queries, in their order. */
async function askInWords(
  group: readonly OpenTable[],
  settings: SearchSettings,
  queries: readonly string[],
): Promise<Answer[][]> {
  const answers: Answer[][] = [];
  for (const query of queries) answers.push(await ask(group, settings, query));
  return answers;
}

/** Asks the tables of one embedder; their words are looked for while the query is embedded. */
async function ask(group: readonly OpenTable[], settings: SearchSettings, query: string): Promise<Answer[]> {
  const words = textQuery(query, settings);
  const texts = group.map(({ filter }) => words && within(words, filter));
  const started = group.map(({ snapshot }, i) => texts[i] && startWords(snapshot, texts[i]));
  try {
    // Embedding holds the thread, which a search needs until it is under way.
    await allInOrder(started.map((search) => search?.underWay));
    const near = await vectorQuery(query, settings, group[0]!.embedder);
    return await allInOrder(
      group.map((table, i) =>
        answer(table, { vector: near && within(near, table.filter), text: texts[i] }, started[i]),
      ),
    );
  } finally {
    // Whoever closes the table after an error closes no search in it.
    await Promise.allSettled(started.map((search) => search?.found));
  }
}

interface StartedWords extends Pick<Started, "underWay"> {
  found: Promise<Covered<Found>[]>;
}

/** Looks for a query's words. A name stands in a passage or not: only a question can be covered in part. */
function startWords(snapshot: Snapshot, query: TextQuery): StartedWords {
  if (query.isName) return snapshot.startTextSearch(query);
  const { underWay, found } = snapshot.startTextSearch({ ...query, passages: true });
  const covered = found.then((rows) => byCoverage(query.query, rows));
  covered.catch(() => {});
  return { underWay, found: covered };
}

/** What the legs find in one table, of which the text leg is already looking. */
async function answer(table: OpenTable, queries: Queries, started: StartedWords | undefined): Promise<Answer> {
  try {
    const [vector = [], text = []] = await allInOrder([
      queries.vector && table.snapshot.vectorSearch(queries.vector),
      started?.found,
    ]);
    return { table, queries, vector, text };
  } catch (error) {
    if (!(error instanceof UnknownColumnError)) throw error;
    return { table, queries, vector: [], text: [], error };
  }
}

/** A query within a condition of its table. */
function within<Q extends VectorQuery | TextQuery>(query: Q, condition: string | undefined): Q {
  if (condition === undefined) return query;
  return { ...query, filter: query.filter === undefined ? condition : `(${query.filter}) AND ${condition}` };
}

/** Candidates of a leg: of single legs the same number as of both, so that all modes agree. */
function limitOf({ k }: SearchSettings): number {
  return Math.max(LEAST_CANDIDATES, CANDIDATES_PER_HIT * k);
}

function textQuery(query: string, settings: SearchSettings): TextQuery | undefined {
  if (settings.mode === "vector") return undefined;
  const isName = queryForm(query) === "name";
  return { query, isName, limit: limitOf(settings), filter: settings.filter };
}

async function vectorQuery(
  query: string,
  settings: SearchSettings,
  embedder: QueryEmbedder | null,
): Promise<VectorQuery | undefined> {
  if (settings.mode === "text") return undefined;
  assert(embedder, `a ${settings.mode} search needs an embedder`);
  const { vectors } = await embedder.embed([query], "query");
  return { vector: vectors, limit: limitOf(settings), filter: settings.filter };
}

/** One ranking of the tables of one embedder: each leg's rows by their scores, then the legs fused. */
function rank(query: string, settings: SearchSettings, answers: readonly Answer[]): Fused[] {
  const merged = (leg: "vector" | "text") => answers.flatMap((answer): Covered<Found>[] => answer[leg]).sort(byScore);
  if (settings.mode !== "hybrid") return alone(settings.mode, merged(settings.mode));
  const own = answers.length === 1 ? answers[0]!.table.alpha : undefined;
  const form = queryForm(query);
  const fusion: Fusion = { kind: settings.fusion, alpha: settings.alpha ?? own?.[form] ?? ALPHA[form] };
  return fuse({ vector: merged("vector"), text: merged("text") }, fusion);
}

/** The ranking as the reranker has it, where there is one. */
async function reorder(
  ranked: Fused[],
  places: ReadonlyMap<string, Place>,
  { query, settings, reranker }: SearchRequest,
): Promise<(Fused & Partial<Reranked>)[]> {
  if (!reranker) return ranked;
  const textsOf = async (rows: readonly Fused[]) => {
    const records = await recordsOf(rows, places);
    return rows.map(({ id }) => readText(records.get(id)!));
  };
  return rerank(ranked, textsOf, { reranker, query, top: settings.rerankTop, weight: settings.rerankWeight });
}

/** Where the row of an id lies. */
interface Place {
  table: OpenTable;
  found: Found;
}

function placesOf({ table, vector, text }: Answer): [string, Place][] {
  return [...vector, ...text].map((found) => [found.id, { table, found }]);
}

async function recordsOf(
  best: readonly Fused[],
  places: ReadonlyMap<string, Place>,
): Promise<Map<string, ChunkRecord>> {
  const byTable = Map.groupBy(
    best.map(({ id }) => places.get(id)!),
    ({ table }) => table,
  );
  const read = await allInOrder(
    [...byTable].map(([{ snapshot }, rows]) => snapshot.records(rows.map(({ found }) => found))),
  );
  return new Map(read.flatMap((records) => [...records]));
}

function recordAt(records: ReadonlyMap<string, ChunkRecord>, id: string): ChunkRecord {
  const record = records.get(id);
  assert(record, `the row ${id} was found but cannot be read`);
  return record;
}

function toHit(
  { row, record, passages }: Shown<Fused & Partial<Reranked>>,
  index: number,
  places: ReadonlyMap<string, Place>,
  explain: boolean,
): Hit {
  const table = places.get(row.id)!.table.name;
  const hit: Hit = { rank: index + 1, score: row.score, record, table, legs: row.legs };
  if (passages) hit.passages = passages;
  if (row.reranked) hit.reranked = row.reranked;
  if (explain) hit.explain = { ...row.contributions, ...row.parts };
  if (explain && row.rewritten) hit.rewritten = row.rewritten;
  return hit;
}

async function plansOf(answers: readonly Answer[]): Promise<{ vector?: string; text?: string }> {
  const plan = async (leg: "vector" | "text") => {
    const asked = answers.filter(({ queries, error }) => queries[leg] && !error);
    const plans = await allInOrder(asked.map(({ table, queries }) => table.snapshot.explain(queries[leg]!)));
    if (plans.length < 2) return plans[0];
    return plans.map((text, i) => `${asked[i]!.table.name}:\n${text.trimEnd()}`).join("\n");
  };
  const [vector, text] = await allInOrder([plan("vector"), plan("text")]);
  return { ...(vector !== undefined && { vector }), ...(text !== undefined && { text }) };
}
