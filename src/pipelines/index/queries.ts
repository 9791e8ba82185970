/** Queries to measure a table's index with: its own vectors, or questions of a file. */
import { MdpError } from "../../core/errors.ts";
import type { TableIndices } from "../../store/table-indices.ts";
import type { TuneQuery } from "../../store/tune.ts";

/** Some rows' vectors. Ids are hashes, so that the smallest ones are an even sample, and the same one every time. */
export async function sampleQueries(indices: TableIndices, count: number): Promise<TuneQuery[]> {
  let kept: { own: string; vector: Float32Array }[] = [];
  const cut = () => {
    kept = kept.sort((a, b) => (a.own < b.own ? -1 : 1)).slice(0, count);
  };
  for await (const { ids, vectors } of indices.vectors()) {
    const bound = kept.length >= count ? kept[count - 1]!.own : undefined;
    for (const [i, own] of ids.entries()) {
      if (bound === undefined || own < bound) kept.push({ own, vector: vectors[i]! });
    }
    cut();
  }
  return kept;
}

/** The questions of a file: one a line, as text, as `{"query": …}`, or in the first column of a table by tabs. */
export async function readQueries(path: string): Promise<string[]> {
  const file = Bun.file(path);
  if (!(await file.exists())) throw new MdpError({ code: "no-queries", message: "there is no such file", where: path });
  const lines = (await file.text()).split("\n").map((line) => line.trim());
  const queries = lines.map((line, i) => queryOf(line, `${path}:${i + 1}`)).filter((query) => query !== "");
  if (queries.length === 0) {
    throw new MdpError({
      code: "no-queries",
      message: "the file holds no question",
      where: path,
      hint: "write one a line",
    });
  }
  return queries;
}

function queryOf(line: string, where: string): string {
  if (!line.startsWith("{")) return line.split("\t")[0]!.trim();
  try {
    const { query } = JSON.parse(line) as { query?: unknown };
    if (typeof query === "string") return query.trim();
  } catch {
    // Said below, as for an object without a query.
  }
  throw new MdpError({ code: "no-queries", message: 'the line is no object with a "query"', where });
}
