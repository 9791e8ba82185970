/** Search: a vector leg and a full-text leg over one version of the table, fused here. */
import { assert, UsageError } from "../core/errors.ts";
import type { Embedder } from "../core/ports.ts";
import type { ChunkRecord } from "../core/record.ts";
import type { Snapshot, TextQuery, VectorQuery } from "../store/snapshot.ts";
import type { Store } from "../store/store.ts";
import type { SearchSettings } from "./config.ts";
import { alone, type Fused, type Fusion, fuse, type Leg } from "./fusion.ts";

export type { SearchSettings } from "./config.ts";
export type { Leg } from "./fusion.ts";

/** Fewest candidates of a leg, and candidates per hit. */
const LEAST_CANDIDATES = 100;
const CANDIDATES_PER_HIT = 10;

export interface SearchRequest {
  query: string;
  settings: SearchSettings;
  /** Adds what each leg contributed, and LanceDB's plans. */
  explain?: boolean;
}

export interface Hit {
  /** 1-based. */
  rank: number;
  /** Hybrid: 0–1. Vector: the cosine. Text: BM25. */
  score: number;
  record: ChunkRecord;
  legs: { vector?: Leg; text?: Leg };
  /** What each leg adds to the score; the parts sum up to it. */
  explain?: { vector?: number; text?: number };
}

export interface SearchResult {
  mode: SearchSettings["mode"];
  hits: Hit[];
  plans?: { vector?: string; text?: string };
}

/** What a search needs of an embedder; null is enough for `text`. */
export type QueryEmbedder = Pick<Embedder, "embed" | "description">;

interface Queries {
  vector?: VectorQuery;
  text?: TextQuery;
}

/** Answers a query from the newest version of the table. An empty or missing table has no hits. */
export async function search(
  store: Store,
  embedder: QueryEmbedder | null,
  request: SearchRequest,
): Promise<SearchResult> {
  const { query, settings } = request;
  if (query.trim() === "") throw new UsageError("the query is empty", 'write what to look for: mdp search "…"');
  const snapshot = await store.snapshot();
  if (!snapshot || snapshot.rows === 0) return { mode: settings.mode, hits: [] };

  const queries = await legQueries(query, settings, embedder);
  const [vector = [], text = []] = await Promise.all([
    queries.vector && snapshot.vectorSearch(queries.vector),
    queries.text && snapshot.textSearch(queries.text),
  ]);
  const ranked = rank(settings, { vector, text });
  const minScore = settings.minScore ?? Number.NEGATIVE_INFINITY;
  const best = ranked.filter(({ score }) => score >= minScore).slice(0, settings.k);

  const rowIds = new Map([...vector, ...text].map((found) => [found.id, found]));
  const records = await snapshot.records(best.map(({ id }) => rowIds.get(id)!));
  const result: SearchResult = {
    mode: settings.mode,
    hits: best.map((fused, index) => toHit(fused, index, records, request.explain ?? false)),
  };
  if (request.explain) result.plans = await plansOf(snapshot, queries);
  return result;
}

/** The queries of the legs that run. Single legs get the same number of candidates, so that all modes agree. */
async function legQueries(query: string, settings: SearchSettings, embedder: QueryEmbedder | null): Promise<Queries> {
  const limit = Math.max(LEAST_CANDIDATES, CANDIDATES_PER_HIT * settings.k);
  const text: TextQuery = { query, limit, filter: settings.filter };
  if (settings.mode === "text") return { text };
  assert(embedder, `a ${settings.mode} search needs an embedder`);
  const { vectors } = await embedder.embed([query], "query");
  const vector: VectorQuery = { vector: vectors, limit, filter: settings.filter };
  return settings.mode === "vector" ? { vector } : { vector, text };
}

function rank(settings: SearchSettings, rankings: Parameters<typeof fuse>[0]): Fused[] {
  if (settings.mode !== "hybrid") return alone(settings.mode, rankings[settings.mode]);
  const fusion: Fusion = settings.fusion === "rrf" ? { kind: "rrf" } : { kind: "convex", alpha: settings.alpha };
  return fuse(rankings, fusion);
}

function toHit(fused: Fused, index: number, records: ReadonlyMap<string, ChunkRecord>, explain: boolean): Hit {
  const record = records.get(fused.id);
  assert(record, `the row ${fused.id} was found but cannot be read`);
  const hit: Hit = { rank: index + 1, score: fused.score, record, legs: fused.legs };
  if (explain) hit.explain = fused.contributions;
  return hit;
}

async function plansOf(snapshot: Snapshot, queries: Queries): Promise<{ vector?: string; text?: string }> {
  const [vector, text] = await Promise.all(
    [queries.vector, queries.text].map((query) => query && snapshot.explain(query)),
  );
  return { ...(vector !== undefined && { vector }), ...(text !== undefined && { text }) };
}
