/** Which indices a table has, and how each is built. */
import { type LanceDB, lancedb } from "./lancedb.ts";
import type { Mapper } from "./mappers/mapper.ts";
import { COLUMNS, type Column, type ColumnIndex, columnsOf } from "./schema.ts";
import { indexType, type VectorIndex } from "./tuning.ts";
import type { VectorLayout } from "./vector-types.ts";

/**
 * Longest word that full text keeps, in bytes: enough for a SHA-256 in hex, too short for most encoded data.
 */
const MAX_WORD_BYTES = 80;

/**
 * Bits that an index of `IVF_RQ` keeps of a value. With one bit, LanceDB's own choice, ten candidates a hit have to be
 * read and scored again, which is most of a search's time; with four, two candidates find more of the nearest in half
 * the time (`bench/README.md`).
 */
const RQ_BITS = 4;

export interface IndexStatus {
  name: string;
  column: string;
  /** As LanceDB names it: `FTS`, `BTree`, `Bitmap`, `IVF_RQ`. */
  type: string;
  indexedRows: number;
  unindexedRows: number;
  /** Of an index that keeps some bits of each value of a vector: how many. */
  bits?: number;
}

function config(kind: ColumnIndex): LanceDB.Index {
  const { Index } = lancedb();
  switch (kind) {
    case "btree":
      return Index.btree();
    case "bitmap":
      return Index.bitmap();
    case "labels":
      return Index.labelList();
    case "prose":
      return Index.fts({
        baseTokenizer: "simple",
        language: "English",
        stem: true,
        asciiFolding: true,
        removeStopWords: true,
        lowercase: true,
        maxTokenLength: MAX_WORD_BYTES,
        withPosition: false,
      });
    case "words":
      return Index.fts({
        baseTokenizer: "whitespace",
        stem: false,
        asciiFolding: true,
        removeStopWords: false,
        lowercase: true,
        maxTokenLength: MAX_WORD_BYTES,
        withPosition: false,
      });
  }
}

function isText(index: ColumnIndex | undefined): boolean {
  return index === "prose" || index === "words";
}

/** Columns of the scalar and full-text indices that every table of this mapper with rows has. */
export function indexedColumns(mapper: Mapper): string[] {
  return columnsOf(mapper)
    .filter(({ index }) => index !== undefined)
    .map(({ name }) => name);
}

/** Columns of the full-text leg; a mapper adds none. */
export const TEXT_COLUMNS: readonly string[] = (COLUMNS as readonly Column[])
  .filter(({ index }) => isText(index))
  .map(({ name }) => name);

/** Builds, or builds anew, the index of a column. */
export async function buildColumnIndex(table: LanceDB.Table, mapper: Mapper, column: string): Promise<void> {
  const { index } = columnsOf(mapper).find(({ name }) => name === column)!;
  await table.createIndex(column, { config: config(index!), replace: true });
}

/** Builds, or builds anew, the vector index; queries must use the same distance, or they scan everything. */
export async function buildVectorIndex(table: LanceDB.Table, layout: VectorLayout, index: VectorIndex): Promise<void> {
  await table.createIndex(layout.searched, { config: vectorConfig(layout, index), replace: true });
}

function vectorConfig({ distance }: VectorLayout, index: VectorIndex): LanceDB.Index {
  const { Index } = lancedb();
  if (distance === "hamming") return Index.ivfFlat({ distanceType: "hamming" });
  const options = { distanceType: "cosine" } as const;
  switch (index) {
    case "IVF_RQ":
      return Index.ivfRq({ ...options, numBits: RQ_BITS });
    case "IVF_FLAT":
      return Index.ivfFlat(options);
    case "IVF_PQ":
      return Index.ivfPq(options);
    case "IVF_HNSW_SQ":
      return Index.hnswSq(options);
  }
}

/** The indices there are, with how much of the table each covers. */
export async function indexStatus(table: LanceDB.Table): Promise<IndexStatus[]> {
  const indices = await table.listIndices();
  return indices.map((index) => {
    const bits = bitsOf(index.indexDetails);
    return {
      name: index.name,
      column: index.columns[0] ?? "",
      type: indexType(index.indexType),
      indexedRows: Number(index.numIndexedRows ?? 0),
      unindexedRows: Number(index.numUnindexedRows ?? 0),
      ...(bits !== undefined && { bits }),
    };
  });
}

function bitsOf(details: unknown): number | undefined {
  const { compression } = (details ?? {}) as { compression?: { type?: string; num_bits?: number } };
  return compression?.type === "rq" ? compression.num_bits : undefined;
}
