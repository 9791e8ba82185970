/** `similar`: a passage or a file → the passages whose meaning is nearest to it; no model is needed. */
import type { Settings } from "../config/schema.ts";
import { MdpError } from "../core/errors.ts";
import { memberOf } from "../core/member.ts";
import type { EmbedderDescription } from "../core/ports.ts";
import { type Project, tablesDir } from "../core/project.ts";
import type { ChunkRecord } from "../core/record.ts";
import { State } from "../manifest/state.ts";
import { type SearchTable, searchTables } from "../search/search.ts";
import { isIn } from "../store/sql.ts";
import { openStore, type Snapshot } from "../store/store.ts";
import { hasTable } from "../store/table.ts";
import type { Engine } from "./engines/engine.ts";
import { openEngines } from "./engines/resolve.ts";
import { itemAt, type MemberPlace, memberAt, type Place, parsePlace } from "./place.ts";
import { type SearchHit, toContract } from "./search.ts";

export interface SimilarRequest {
  project: Project;
  /** `FILE` or `FILE:LINE`, from the current folder or as hits show it. */
  place: string;
  cwd: string;
  settings: Settings;
}

export interface SimilarReport {
  /** What was compared: the passage at the line, or all passages of the file. */
  path: string;
  startLine: number;
  endLine: number;
  hits: SearchHit[];
}

/**
 * Nearest passages by cosine, of all tables with the same embedder. A line means the passage that holds it, which is
 * left out itself; a file means the mean of its passages, and all of them are left out.
 *
 * @throws MdpError `not-ingested` for a file that is not in the project, `no-passage` for a line without one,
 *   `no-vector` where vectors are still to be made
 */
export async function similarTo({ project, place, cwd, settings }: SimilarRequest): Promise<SimilarReport> {
  const wanted = parsePlace(place);
  const { item, member } = itemOf(project, cwd, wanted.path);
  const dir = tablesDir(project);
  const engines = (await openEngines(settings)).filter(({ table }) => hasTable(dir, table));
  await using opened = new AsyncDisposableStack();
  const tables = [];
  for (const engine of engines) {
    const store = opened.use(
      await openStore({ dir, settings: engine.store, table: engine.table, mapper: engine.mapper }),
    );
    tables.push({ engine, store });
  }
  const own = tables.find(({ engine }) => item.engine.split(",").includes(engine.name));
  const snapshot = await own?.store.snapshot();
  const inFile = (await snapshot?.recordsWhere(isIn("item", [item.uri]))) ?? [];
  const inMember = member === undefined ? inFile : inFile.filter(({ doc }) => memberOf(doc) === member);
  const records = passagesAt(inMember, wanted);
  if (!own || !snapshot || records.length === 0) throw noPassage(wanted, member);

  const vector = await meanVector(snapshot, records);
  if (!vector) throw noVector(wanted);
  const embedder = own.store.embedder!;
  const compared = tables.filter(({ store }) => store.embedder?.fingerprint === embedder.fingerprint);
  const itself = wanted.lines
    ? isIn("id", valuesOf(records, "id"))
    : member === undefined
      ? isIn("item", [item.uri])
      : isIn("doc", valuesOf(records, "doc"));
  const search = {
    ...settings.search,
    mode: "vector" as const,
    filter: both(settings.search.filter, `NOT (${itself})`),
  };
  const query = { query: place, settings: search };
  const { hits } = await searchTables(
    compared.map((table) => withVector(table, embedder, vector)),
    query,
  );
  const byName = new Map(tables.map(({ engine }) => [engine.name, engine]));
  return {
    path: item.path,
    startLine: Math.min(...records.map(({ startLine }) => startLine)),
    endLine: Math.max(...records.map(({ endLine }) => endLine)),
    hits: hits.map((hit) => toContract(hit, byName.get(hit.table)!)),
  };
}

function itemOf(project: Project, cwd: string, path: string): MemberPlace {
  using state = new State(project.stateDir);
  // The last call names the file and the next step.
  return memberAt(state, project, cwd, path) ?? { item: itemAt(state, project, cwd, path), member: undefined };
}

function valuesOf(records: readonly ChunkRecord[], name: "id" | "doc"): string[] {
  return [...new Set(records.map((record) => record[name]))];
}

function passagesAt(records: readonly ChunkRecord[], { lines }: Place): ChunkRecord[] {
  if (lines === undefined) return [...records];
  return records.filter(({ startLine, endLine }) => startLine <= lines[1] && endLine >= lines[0]);
}

function noPassage({ path, lines }: Place, member: string | undefined): MdpError {
  const none = member === undefined ? "the file has no passages" : `the file has no passages of ${member.slice(1)}`;
  return new MdpError({
    code: "no-passage",
    message: lines ? `no passage stands at line ${lines[0]}` : none,
    where: path,
    hint: "mdp ingest reads a file that has changed since",
  });
}

function noVector({ path, lines }: Place): MdpError {
  return new MdpError({
    code: "no-vector",
    message: lines ? `the passage at line ${lines[0]} has no vector yet` : "no passage of the file has a vector yet",
    where: path,
    hint: "mdp ingest makes vectors; mdp list --failed names passages that a model refused",
  });
}

/** The direction in which the passages that have a vector point together; undefined when none has. */
async function meanVector(snapshot: Snapshot, records: readonly ChunkRecord[]): Promise<Float32Array | undefined> {
  const vectors = await snapshot.vectorsOf(records.map(({ id }) => id));
  const [first] = vectors.values();
  if (!first) return undefined;
  const sum = new Float32Array(first.length);
  for (const vector of vectors.values()) for (let i = 0; i < sum.length; i++) sum[i]! += vector[i]!;
  return sum;
}

/** A table that is asked with a vector that is there already. */
function withVector(
  { engine, store }: { engine: Engine; store: SearchTable["store"] },
  description: EmbedderDescription,
  vectors: Float32Array,
): SearchTable {
  const made = { vectors, count: 1, dimension: vectors.length, tokens: 0, truncated: new Uint8Array(1) };
  return { name: engine.name, store, embedder: { description, embed: async () => made } };
}

function both(first: string | undefined, second: string): string {
  return first === undefined ? second : `(${first}) AND (${second})`;
}
