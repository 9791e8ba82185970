/** `context`: a question → the best passages with what is around them, cited, within a budget of tokens. */
import type { Settings } from "../config/schema.ts";
import type { Project } from "../core/project.ts";
import { isAddress } from "../embed/config.ts";
import { DEFAULT_MODEL, findModel, modelName } from "../models/find.ts";
import type { Candidate } from "../search/context/candidate.ts";
import { candidatesOf } from "../search/context/candidates.ts";
import { type Fitted, fit } from "../search/context/fit.ts";
import { type Related, relatedOf } from "../search/context/related.ts";
import { type ContextFormat, contextFormats } from "../search/context/render.ts";
import { openTokenizer } from "../tokenizers/open.ts";
import type { Tokenizer } from "../tokenizers/tokenizer.ts";
import type { StatementFilter } from "./engines/sql-scope.ts";
import { type OpenSearch, openSearch, type SearchedEngine, type SearchHit } from "./search.ts";

export interface ContextRequest {
  project: Project;
  question: string;
  settings: Settings;
  types?: readonly string[];
  statements?: StatementFilter | undefined;
  /** Tokens of the whole output at most. */
  budget: number;
  format: ContextFormat;
  /** Folder or name of the model whose tokenizer counts, or a tokenizer's file; by default the embedding model. */
  tokenizer?: string | undefined;
}

export interface ContextReport extends Fitted {
  question: string;
  budget: number;
  /** Name of the tokenizer that counted. */
  tokenizer: string;
  /** Hits of the search, before anything was left out. */
  hits: number;
  engines: readonly SearchedEngine[];
}

/** @throws MdpError `budget-too-small` when not a word of the best passage fits */
export async function contextFor(request: ContextRequest): Promise<ContextReport> {
  const { question, budget, format, settings } = request;
  const name = request.tokenizer ?? countedBy(settings.embed.model);
  const tokenizer = await tokenizerOf(name);
  await using search = await openSearch(request);
  const { hits } = await search.ask(question);
  const fitted = fit({
    question,
    budget,
    tokenizer: modelName(name),
    candidates: await withSurroundings(search, hits),
    collections: collectionsOf(hits),
    render: contextFormats[format],
    count: (text) => tokenizer.count(text),
  });
  return { ...fitted, question, budget, tokenizer: modelName(name), hits: hits.length, engines: search.engines };
}

/** A file of its own, or that of a model. */
async function tokenizerOf(name: string): Promise<Tokenizer> {
  if (/\.(?:json|model)$/.test(name)) return openTokenizer(name);
  return openTokenizer(findModel(name).dir);
}

/** What is at an endpoint tells tokens only afterwards: the default model's stand for them, as when its texts are cut. */
const countedBy = (model: string): string => (isAddress(model) ? DEFAULT_MODEL : model);

/** Hits with what the store knows of the places around them, in the order in which a budget takes them. */
export async function withSurroundings(search: OpenSearch, hits: readonly SearchHit[]): Promise<Candidate[]> {
  const related = new Map<string, Related>();
  for (const [engine, part] of Map.groupBy(hits, (hit) => hit.engine)) {
    const snapshot = await search.snapshotOf(engine);
    const ids = part.flatMap(({ id, passages }) => passages?.map((passage) => passage.id) ?? [id]);
    if (snapshot) related.set(engine, await relatedOf(snapshot, ids));
  }
  return candidatesOf(hits, related);
}

/** What the settings say of the collections that hits are from. */
export function collectionsOf(hits: readonly SearchHit[]): Map<string, string> {
  const told = hits.filter((hit): hit is SearchHit & { context: string } => hit.context !== null);
  return new Map(told.map(({ engine, context }) => [engine, context]));
}
