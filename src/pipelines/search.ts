/** `search`: a question → the best passages of the project, as the stable contract of `search --json`. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Settings } from "../config/schema.ts";
import type { Fields } from "../core/document.ts";
import { MdpError, UsageError } from "../core/errors.ts";
import type { Reranker } from "../core/ports.ts";
import { type Project, tablesDir } from "../core/project.ts";
import { openReranker } from "../embed/reranker.ts";
import { State } from "../manifest/state.ts";
import { type Hit, type Leg, type SearchSettings, type SearchTable, searchTables } from "../search/search.ts";
import { callKey } from "../store/statement-calls.ts";
import type { Snapshot } from "../store/store.ts";
import type { Engine } from "./engines/engine.ts";
import { openEngines } from "./engines/resolve.ts";
import { selectEngines } from "./engines/select.ts";
import { isFilter, type Scope, type StatementFilter, scopeOf } from "./engines/sql-scope.ts";
import { openTables } from "./engines/tables.ts";
import { openRewriter, type Rewriter } from "./expand.ts";
import { type Freshness, freshnessOf, withState } from "./freshness.ts";
import { mayWait } from "./ingest/meta.ts";

export interface SearchHit {
  rank: number;
  score: number;
  id: string;
  uri: string;
  /** Relative to the project folder, or absolute for a file outside it. */
  path: string;
  root: string;
  title: string;
  kind: string;
  lang: string | null;
  startLine: number;
  endLine: number;
  page: number | null;
  row: number | null;
  headings: string[];
  text: string;
  /** The passages of a hit that was joined from several that stand side by side, in the document's order. */
  passages?: { id: string; startLine: number; endLine: number }[];
  /** Name of the engine whose table it is from. */
  engine: string;
  /** What the settings say of that collection. */
  context: string | null;
  /** Values of the columns that the engine's table has beside those of every table; {} when there are none. */
  fields: Fields;
  legs: { vector?: Leg; text?: Leg };
  /** Ranks among the hits of the query in other words, with `explain`. */
  rewritten?: Hit["rewritten"];
  /** What a reranker made of it: rank and score before, and its own score where it read the passage. */
  reranked?: Hit["reranked"];
  explain?: Hit["explain"];
}

/** A hit of one question, with what has become of its file since it was indexed. */
export type CheckedHit = SearchHit & Freshness;

export interface SearchReport<H extends SearchHit = SearchHit> {
  query: string;
  mode: "hybrid" | "vector" | "text";
  hits: H[];
  /** The query in other words, as a model wrote it; absent when none was asked to. */
  rewrites?: readonly string[];
  /** Engines that were asked: those with a table among the chosen ones. */
  engines: readonly SearchedEngine[];
  /** The store's query plan per leg, with `explain`. */
  plans?: { vector?: string; text?: string };
}

/** What `mdp search` says: beside the hits, how far they and what they were found in are up to date. */
export interface ProjectSearchReport extends SearchReport<CheckedHit> {
  /** Chunks of these engines that have no vector yet, which only their words find; 0 for a search by words. */
  waiting: number;
}

export interface SearchedEngine {
  name: string;
  /** The model that its vectors were compared with; null for a search by words. */
  model: string | null;
  /** Why that is not the model made for the engine, null when it is. */
  note: string | null;
}

export interface ProjectSearch {
  project: Project;
  query: string;
  settings: Settings;
  explain: boolean;
  /** Names or types of the engines to ask; all by default. */
  types?: readonly string[];
  /** Statements that count, by their executions and tables; other engines are not asked then. */
  statements?: StatementFilter | undefined;
  /** Engines that hold no statements are not asked, also without such a filter. */
  statementsOnly?: boolean;
}

export interface OpenSearch extends AsyncDisposable {
  /** The settings that hold: those of an engine that is asked alone are its own. */
  readonly settings: SearchSettings;
  /** Engines that are asked: those with a table among the chosen ones. */
  readonly engines: readonly SearchedEngine[];
  /** Answers one question; `changes` holds for it alone. The mode `text` can be asked for at any time. */
  ask(query: string, changes?: Partial<SearchSettings>, explain?: boolean): Promise<SearchReport>;
  /** Everything that the filters let through, unranked. */
  all(): Promise<SearchHit[]>;
  /** Chunks of these engines that have no vector yet. */
  waiting(): Promise<number>;
  /** The newest version of an engine's table; null where it has none. */
  snapshotOf(engine: string): Promise<Snapshot | null>;
  /** Vectors of hits, by their id. */
  vectorsOf(hits: readonly Pick<SearchHit, "id" | "engine">[]): Promise<Map<string, Float32Array>>;
}

/**
 * Opens a project for one or many questions; no hit is an empty list.
 *
 * @throws UsageError for an unknown engine; MdpError `nothing-ingested` before the first ingest.
 */
export async function openSearch(request: Omit<ProjectSearch, "query" | "explain">): Promise<OpenSearch> {
  const { project, settings, types = [] } = request;
  if (settings.search.expand) requireDecoder(settings.ask.decoder);
  const engines = askedEngines(selectEngines(await openEngines(settings), types), request);
  const dir = tablesDir(project);
  if (!existsSync(dir) && !wasIngested(project)) {
    throw new MdpError({
      code: "nothing-ingested",
      message: "nothing has been ingested into this project yet",
      where: project.dir,
      hint: "run: mdp ingest <files or folders>",
    });
  }
  const tables = await openTables(dir, engines, settings);
  const byName = new Map(engines.map((engine) => [engine.name, engine]));
  const scopes = new Map<string, Scope>();
  for (const table of isFilter(request.statements) ? tables.open : []) {
    scopes.set(table.name, await scopeOf(dir, byName.get(table.name)!, table, request.statements!));
  }
  const inScope = tables.open
    .filter(({ name }) => scopes.get(name)?.condition !== null)
    .map((table) => ({ ...table, filter: scopes.get(table.name)?.condition ?? undefined }));
  const rerankers = new RerankerCache();
  const rewriters = new RewriterCache(settings.ask.decoder);
  const contractOf = (hit: Hit) => withTotals(toContract(hit, byName.get(hit.table)!), scopes.get(hit.table));
  const asked = tables.open.map(({ name, embedder, note }) => ({
    name,
    model: embedder?.description.name ?? null,
    note,
  }));
  const snapshotOf = async (engine: string) =>
    (await tables.open.find(({ name }) => name === engine)?.store.snapshot()) ?? null;
  return {
    settings: tables.search,
    engines: asked,
    async ask(query, changes = {}, explain = false) {
      if (query.trim() === "") throw new UsageError("the query is empty", 'try: mdp search "how do I …"');
      const search = { ...tables.search, ...changes };
      const [reranker, rewrites] = [await rerankers.open(search.rerank), await rewriters.rewrites(query, search)];
      const found = await searchTables(inScope, {
        query,
        settings: search,
        explain,
        reranker,
        rewrites: rewrites ?? [],
      });
      return {
        query,
        mode: found.mode,
        hits: found.hits.map(contractOf),
        ...(rewrites ? { rewrites } : {}),
        engines: asked,
        ...(explain && found.plans ? { plans: found.plans } : {}),
      };
    },
    async all() {
      const found = await Promise.all(inScope.map((table) => allOf(table, tables.search.filter)));
      return found.flat().map(contractOf);
    },
    async waiting() {
      const names = withState(project, (state) => asked.filter(({ name }) => mayWait(state, name))) ?? [];
      const counts = await Promise.all(names.map(async ({ name }) => (await snapshotOf(name))?.waiting() ?? 0));
      return counts.reduce((sum, count) => sum + count, 0);
    },
    snapshotOf,
    async vectorsOf(hits) {
      const vectors = new Map<string, Float32Array>();
      for (const [engine, part] of Map.groupBy(hits, (hit) => hit.engine)) {
        const snapshot = await snapshotOf(engine);
        const found = await snapshot?.vectorsOf(part.map(({ id }) => id));
        for (const [id, vector] of found ?? []) vectors.set(id, vector);
      }
      return vectors;
    },
    [Symbol.asyncDispose]: () => {
      rerankers[Symbol.dispose]();
      rewriters[Symbol.dispose]();
      return tables[Symbol.asyncDispose]();
    },
  };
}

/** Rerankers are opened with the first question that asks for them, and kept for the next. */
class RerankerCache implements Disposable {
  readonly #opened = new Map<string, Promise<Reranker>>();
  readonly #stack = new DisposableStack();

  async open(model: string | undefined): Promise<Reranker | undefined> {
    if (model === undefined) return undefined;
    const opened = this.#opened.get(model) ?? openReranker({ model }).then((reranker) => this.#stack.use(reranker));
    this.#opened.set(model, opened);
    return opened;
  }

  [Symbol.dispose](): void {
    this.#stack.dispose();
  }
}

/** The model that rewrites queries is opened with the first of them. */
class RewriterCache implements Disposable {
  readonly #model: string | undefined;
  #opened: Promise<Rewriter> | undefined;

  constructor(model: string | undefined) {
    this.#model = model;
  }

  /** Undefined where the settings ask for none. */
  async rewrites(query: string, { expand }: Pick<SearchSettings, "expand">): Promise<string[] | undefined> {
    if (!expand) return undefined;
    this.#opened ??= openRewriter(requireDecoder(this.#model));
    return await (await this.#opened).rewrite(query);
  }

  [Symbol.dispose](): void {
    this.#opened?.then(
      (opened) => opened[Symbol.dispose](),
      () => {},
    );
  }
}

function requireDecoder(model: string | undefined): string {
  if (model !== undefined) return model;
  throw new UsageError(
    "--expand needs a model that writes, and none is set",
    "name a folder with --decoder ./qwen3, or set ask.decoder in mdp.yaml; mdp model list shows what is here",
  );
}

/** Those that hold statements, where only statements are asked for. */
function askedEngines(engines: Engine[], request: Omit<ProjectSearch, "query" | "explain">): Engine[] {
  if (!isFilter(request.statements) && !request.statementsOnly) return engines;
  const asked = engines.filter(({ kind }) => kind.gather !== undefined);
  if (asked.length > 0) return asked;
  throw new UsageError(
    `no SQL statements are among the engines ${request.types?.join(", ")}`,
    "choose an engine of statements: --type sql",
  );
}

/** The rows of a table that its condition and the filter let through, as hits without a rank. */
async function allOf(table: SearchTable, filter: string | undefined): Promise<Hit[]> {
  const conditions = [filter, table.filter].filter((part) => part !== undefined).map((part) => `(${part})`);
  const snapshot = await table.store.snapshot();
  const records = await snapshot?.recordsWhere(conditions.join(" AND ") || "id IS NOT NULL", snapshot.rows + 1);
  return (records ?? []).map((record) => ({ rank: 0, score: 0, record, table: table.name, legs: {} }));
}

/** Sums over the executions that the filter lets through, in place of those over all. */
function withTotals(hit: SearchHit, scope: Scope | undefined): SearchHit {
  const totals = scope?.totals?.get(callKey(hit.uri));
  if (!totals) return hit;
  const { calls, totalMs, maxMs, firstMs, lastMs } = totals;
  const sums = { calls, total_ms: totalMs, max_ms: maxMs, first_time: firstMs, last_time: lastMs };
  return { ...hit, fields: { ...hit.fields, ...sums } };
}

/** One question of `openSearch`. @throws UsageError for an empty query, and what `openSearch` throws */
export async function searchProject({ query, explain, ...request }: ProjectSearch): Promise<ProjectSearchReport> {
  if (query.trim() === "") throw new UsageError("the query is empty", 'try: mdp search "how do I …"');
  await using open = await openSearch(request);
  const report = await open.ask(query, {}, explain);
  const files = await freshnessOf(
    request.project,
    report.hits.map(({ uri }) => uri),
  );
  const waiting = report.mode === "text" ? 0 : await open.waiting();
  return { ...report, waiting, hits: report.hits.map((hit) => ({ ...hit, ...files.get(hit.uri)! })) };
}

function wasIngested(project: Project): boolean {
  if (!existsSync(join(project.stateDir, "state.db"))) return false;
  using state = new State(project.stateDir);
  return state.lastRun() !== undefined;
}

export function toContract(
  { rank, score, record: r, passages, legs, rewritten, reranked, explain }: Hit,
  engine: Engine,
): SearchHit {
  return {
    rank,
    score,
    id: r.id,
    uri: r.doc,
    path: r.path,
    root: r.root,
    title: r.title,
    kind: r.kind,
    lang: r.lang,
    startLine: r.startLine,
    endLine: r.endLine,
    page: r.page,
    row: r.row,
    headings: r.headings,
    text: r.text,
    ...(passages ? { passages: passages.map(({ id, startLine, endLine }) => ({ id, startLine, endLine })) } : {}),
    engine: engine.name,
    context: engine.context,
    fields: r.fields ?? {},
    legs,
    ...(rewritten ? { rewritten } : {}),
    ...(reranked ? { reranked } : {}),
    ...(explain ? { explain } : {}),
  };
}
