/** `search`: a question → the best passages of the project, as the stable contract of `search --json`. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Settings } from "../config/schema.ts";
import { MdpError, UsageError } from "../core/errors.ts";
import type { Project } from "../core/project.ts";
import { openEmbedder } from "../embed/embedder.ts";
import { State } from "../manifest/state.ts";
import { type Hit, search } from "../search/search.ts";
import { openStore } from "../store/store.ts";

export interface SearchLeg {
  /** 1-based rank within the leg. */
  rank: number;
  /** Cosine for the vector leg, BM25 for the text leg. */
  score: number;
}

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
  legs: { vector?: SearchLeg; text?: SearchLeg };
  explain?: Hit["explain"];
}

export interface SearchReport {
  query: string;
  mode: "hybrid" | "vector" | "text";
  hits: SearchHit[];
  /** The store's query plan per leg, with `explain`. */
  plans?: { vector?: string; text?: string };
}

export interface ProjectSearch {
  project: Project;
  query: string;
  settings: Settings;
  explain: boolean;
}

/**
 * Searches what has been ingested; no hit is an empty list.
 *
 * @throws UsageError for an empty query; MdpError `nothing-ingested` before the first ingest.
 */
export async function searchProject({ project, query, settings, explain }: ProjectSearch): Promise<SearchReport> {
  if (query.trim() === "") throw new UsageError("the query is empty", 'try: mdp search "how do I …"');
  const { mode } = settings.search;
  const dir = join(project.stateDir, "lancedb");
  if (!existsSync(dir)) {
    if (wasIngested(project)) return { query, mode, hits: [] };
    throw new MdpError({
      code: "nothing-ingested",
      message: "nothing has been ingested into this project yet",
      where: project.dir,
      hint: "run: mdp ingest <files or folders>",
    });
  }
  // The text leg alone needs no model, and answers without loading one.
  using embedder = mode === "text" ? null : await openEmbedder(settings.embed);
  const described = embedder ? { embedder: embedder.description } : {};
  await using store = await openStore({ dir, settings: settings.store, ...described });
  if (!store.exists) return { query, mode, hits: [] };
  const found = await search(store, embedder, { query, settings: settings.search, explain });
  return {
    query,
    mode: found.mode,
    hits: found.hits.map(toContract),
    ...(explain && found.plans ? { plans: found.plans } : {}),
  };
}

function wasIngested(project: Project): boolean {
  if (!existsSync(join(project.stateDir, "state.db"))) return false;
  using state = new State(project.stateDir);
  return state.lastRun() !== undefined;
}

function toContract({ rank, score, record: r, legs, explain }: Hit): SearchHit {
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
    legs,
    ...(explain ? { explain } : {}),
  };
}
