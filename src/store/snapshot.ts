/** Reading one version of the table: the two legs of a search, and the records that they found. */

import type { Arrow } from "../core/arrow.ts";
import { assert } from "../core/errors.ts";
import type { ChunkRecord } from "../core/record.ts";
import { collect } from "./collect.ts";
import { textsOf } from "./columns.ts";
import { storeError } from "./errors.ts";
import { bracketed, filterError } from "./filter.ts";
import type { LanceDB } from "./lancedb.ts";
import type { Mapper } from "./mappers/mapper.ts";
import { fromTable } from "./records.ts";
import { filterColumns, recordColumns } from "./schema.ts";
import { isIn, slices } from "./sql.ts";
import {
  explainText,
  findLikely,
  findsLikely,
  type TextClause,
  type TextLimits,
  textClauses,
  textQuery,
} from "./text-search.ts";
import type { VectorSearch } from "./tuning.ts";
import { nearestQuery, scoreRows } from "./vector-search.ts";
import { readVectors, type VectorLayout } from "./vector-types.ts";
import { IS_WAITING } from "./waiting.ts";

/** Records of one `recordsWhere`. */
const DEFAULT_RECORDS = 10_000;

/** Ids in one `IN (…)`. */
const IDS_PER_QUERY = 500;

/** A row that a leg found. */
export interface Found {
  id: string;
  /** LanceDB's address of the row, valid within the snapshot. */
  rowId: bigint;
  /** Cosine similarity, or the weighted sum of the columns' BM25. Larger is better. */
  score: number;
  /** The row's text, with its title, headings and path, where a text query asks for passages. */
  passage?: string;
}

export interface VectorQuery {
  vector: Float32Array;
  limit: number;
  filter?: string | undefined;
}

export interface TextQuery {
  query: string;
  /** The query is a name, such as `getUserById`, and not a question. */
  isName?: boolean;
  limit: number;
  filter?: string | undefined;
  /** Reads what is looked into of each row: in one go with the search, under way with it. */
  passages?: boolean;
}

/** A search that goes on in LanceDB's threads while this one computes. */
export interface Started {
  /** Resolved once it does, or has failed; never rejected. */
  underWay: Promise<void>;
  /** Its error may be left alone: it is no unhandled rejection. */
  found: Promise<Found[]>;
}

export interface SnapshotOptions {
  /** Checked out at `version`. */
  table: LanceDB.Table;
  mapper: Mapper;
  version: number;
  rows: number;
  layout: VectorLayout;
  vectorSearch: VectorSearch;
  dir: string;
}

/** One version of the table, unchanged by writers. */
export class Snapshot {
  readonly version: number;
  readonly rows: number;
  /** Whether vectors are searched through an index. */
  readonly indexed: boolean;
  /** Columns that a filter may name. */
  readonly filterColumns: readonly string[];
  readonly #table: LanceDB.Table;
  readonly #mapper: Mapper;
  readonly #layout: VectorLayout;
  readonly #vectorSearch: VectorSearch;
  readonly #dir: string;

  constructor(options: SnapshotOptions) {
    this.version = options.version;
    this.rows = options.rows;
    this.indexed = options.vectorSearch.index !== "exact";
    this.filterColumns = filterColumns(options.mapper);
    this.#table = options.table;
    this.#mapper = options.mapper;
    this.#layout = options.layout;
    this.#vectorSearch = options.vectorSearch;
    this.#dir = options.dir;
  }

  /** Nearest rows by cosine, best first, ties by id. */
  async vectorSearch(query: VectorQuery): Promise<Found[]> {
    const score = (rows: Arrow.Table) => scoreRows(rows, this.#layout, query.vector);
    const built = this.#vectorQuery(query);
    const found = await this.#find(() => built.toArrow(), score, query.filter);
    return found.slice(0, query.limit);
  }

  /** Rows with the query's words by BM25, best first, ties by id. The query is words only: it has no syntax. */
  textSearch(query: TextQuery): Promise<Found[]> {
    return this.startTextSearch(query).found;
  }

  /** `textSearch`, of which can be known when it needs this thread no more. */
  startTextSearch(query: TextQuery): Started {
    const { promise: underWay, resolve } = Promise.withResolvers<void>();
    const score = (rows: Arrow.Table) => rows.getChild("_score")?.toArray() ?? [];
    const find = async () => {
      const [clauses, limits] = [this.#textClauses(query), this.#textLimits(query)];
      const rowsOf = () =>
        findsLikely(this.rows, limits)
          ? findLikely(this.#table, clauses, limits, resolve)
          : collect(textQuery(this.#table, clauses, limits), resolve);
      return this.#find(rowsOf, score, query.filter);
    };
    const found = find();
    found.then(
      () => resolve(),
      () => resolve(),
    );
    return { underWay, found };
  }

  /** LanceDB's plan of a leg, as text. */
  explain(query: VectorQuery | TextQuery): Promise<string> {
    return this.#run(query.filter, () =>
      "vector" in query
        ? this.#vectorQuery(query).explainPlan(true)
        : explainText(this.#table, this.rows, this.#textClauses(query), this.#textLimits(query)),
    );
  }

  /** The records of rows that a leg found, by id. */
  async records(found: readonly Found[]): Promise<Map<string, ChunkRecord>> {
    if (found.length === 0) return new Map();
    const table = await this.#run(undefined, () =>
      this.#table
        .takeRowIds(found.map(({ rowId }) => rowId))
        .select(recordColumns(this.#mapper))
        .toArrow(),
    );
    return new Map(fromTable(this.#mapper, table).map((record) => [record.id, record]));
  }

  /** Records that a filter takes, by document and place in it; at most `limit`. */
  async recordsWhere(filter: string, limit = DEFAULT_RECORDS): Promise<ChunkRecord[]> {
    const found = await this.#run(filter, () =>
      this.#table
        .query()
        .where(bracketed(filter, this.filterColumns))
        .select(recordColumns(this.#mapper))
        .limit(limit)
        .toArrow(),
    );
    const records = found.numRows === 0 ? [] : fromTable(this.#mapper, found);
    return records.sort((a, b) => (a.doc < b.doc ? -1 : a.doc > b.doc ? 1 : a.seq - b.seq));
  }

  /** Uris of the documents that a filter lets through, each once, in no order. */
  async docs(filter?: string): Promise<string[]> {
    let query = this.#table.query().select(["doc"]);
    if (filter !== undefined) query = query.where(bracketed(filter, this.filterColumns));
    const found = await this.#run(filter, () => query.toArrow());
    return [...new Set(textsOf(found, "doc"))];
  }

  /** Tokens of every passage, and their sum over every document; both in no order. */
  async lengths(): Promise<{ passages: Int32Array; documents: Float64Array }> {
    const passages = new Int32Array(this.rows);
    const documents = new Map<string, number>();
    let row = 0;
    await this.#run(undefined, async () => {
      for await (const batch of this.#table.query().select(["doc", "tokens"])) {
        const [docs, tokens] = [batch.getChild("doc")!, batch.getChild("tokens")!];
        for (let i = 0; i < batch.numRows; i++) {
          const count = tokens.get(i) as number;
          passages[row++] = count;
          documents.set(docs.get(i), (documents.get(docs.get(i)) ?? 0) + count);
        }
      }
    });
    return { passages: passages.subarray(0, row), documents: Float64Array.from(documents.values()) };
  }

  /** Every value of a column of lists, each once. */
  async labels(column: string): Promise<Set<string>> {
    const found: Arrow.Table = await this.#run(undefined, () => this.#table.query().select([column]).toArrow());
    const values = new Set<string>();
    const lists = found.getChild(column);
    for (let row = 0; row < found.numRows; row++) {
      for (const value of (lists!.get(row) as Iterable<string> | null) ?? []) values.add(value);
    }
    return values;
  }

  /** Rows whose vector is not made yet. */
  waiting(): Promise<number> {
    return this.#run(undefined, () => this.#table.countRows(IS_WAITING));
  }

  /** Vectors of the rows with these ids, of those that have one. */
  async vectorsOf(ids: readonly string[]): Promise<Map<string, Float32Array>> {
    const vectors = new Map<string, Float32Array>();
    for (const part of slices(ids, IDS_PER_QUERY)) {
      const found = await this.#run(undefined, () =>
        this.#table
          .query()
          .where(`${isIn("id", part)} AND NOT (${IS_WAITING})`)
          .select(["id", "vector"])
          .toArrow(),
      );
      if (found.numRows === 0) continue;
      const names = [...textsOf(found, "id")];
      let row = 0;
      for (const vector of readVectors(found.getChild("vector")!, this.#layout.type))
        vectors.set(names[row++]!, vector);
    }
    return vectors;
  }

  #vectorQuery({ vector, limit, filter }: VectorQuery): LanceDB.VectorQuery {
    assert(vector.every(Number.isFinite), "a query vector holds a value that is not finite");
    const where = filter === undefined ? undefined : bracketed(filter, this.filterColumns);
    return nearestQuery(this.#table, this.#layout, { vector, limit, where }, this.#vectorSearch);
  }

  #textClauses({ query, isName }: TextQuery): TextClause[] {
    return textClauses(query, isName, this.#mapper.wordsWeight);
  }

  #textLimits({ limit, filter, passages }: TextQuery): TextLimits {
    const where = filter === undefined ? undefined : bracketed(filter, this.filterColumns);
    return { limit, where, columns: passages ? ["text", "context"] : [] };
  }

  async #find(
    rowsOf: () => Promise<Arrow.Table>,
    scoresOf: (rows: Arrow.Table) => ArrayLike<number>,
    filter: string | undefined,
  ): Promise<Found[]> {
    const table = await this.#run(filter, rowsOf);
    const ids = table.getChild("id")!;
    const rowIds = table.getChild("_rowid")!;
    const scores = scoresOf(table);
    const [texts, contexts] = [table.getChild("text"), table.getChild("context")];
    const found = Array.from({ length: table.numRows }, (_, row): Found => {
      const one: Found = { id: ids.get(row) as string, rowId: rowIds.get(row) as bigint, score: scores[row]! };
      if (texts && contexts) one.passage = `${texts.get(row)}\n${contexts.get(row)}`;
      return one;
    });
    return found.sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1));
  }

  async #run<T>(filter: string | undefined, body: () => Promise<T>): Promise<T> {
    try {
      return await body();
    } catch (error) {
      if (filter !== undefined) await this.#checkFilter(filter);
      throw storeError(error, this.#dir, "searching the table failed");
    }
  }

  /** Throws a usage error when it is the filter that LanceDB refuses. */
  async #checkFilter(filter: string): Promise<void> {
    try {
      await this.#table.query().where(bracketed(filter, this.filterColumns)).select(["id"]).limit(1).toArrow();
    } catch (error) {
      throw filterError(filter, error, this.filterColumns);
    }
  }
}
