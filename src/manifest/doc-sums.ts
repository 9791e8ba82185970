/** Documents of a version of a table in a few numbers: equal where all of their rows are equal, in whatever order. */

/** A row of a version of a table, as far as the state knows of such. */
export interface StoredRow {
  doc: string;
  item: string;
  root: string;
  path: string;
  kind: string;
  /** Hex: equal where everything in the row is. */
  hash: string;
}

export interface DocSum extends Omit<StoredRow, "hash"> {
  chunks: number;
  /** Sums of 32 bits of the rows' hashes each: they do not depend on their order, and stay whole numbers in SQLite. */
  a: number;
  b: number;
}

/** Documents that are summed in memory before they are given on; rows of one mostly lie together. */
const GATHERED = 10_000;

/** Sums of documents; a document whose rows lie apart comes several times, and its sums are to be added up. */
export async function* docSums(rows: AsyncIterable<StoredRow>): AsyncGenerator<DocSum[]> {
  let sums = new Map<string, DocSum>();
  for await (const { hash, ...row } of rows) {
    const sum = sums.get(row.doc) ?? { ...row, chunks: 0, a: 0, b: 0 };
    sum.chunks++;
    sum.a += Number.parseInt(hash.slice(0, 8), 16);
    sum.b += Number.parseInt(hash.slice(8, 16), 16);
    sums.set(row.doc, sum);
    if (sums.size < GATHERED) continue;
    yield [...sums.values()];
    sums = new Map();
  }
  yield [...sums.values()];
}
