/** Cutting the work on candidates into ranges of ranks, each with no more records than fit into a job's memory. */
import { RecordReader, type Run } from "./files/record-file.ts";
import { sortRecords } from "./files/records.ts";

export interface RankRange {
  from: number;
  to: number;
}

interface Part {
  reader: RecordReader<null>;
  run: Run;
}

/** Ranges that cover all records of files sorted by rank; one document's records stay together, however many. */
export function sliceRanks(paths: readonly string[], range: RankRange, maxRecords: number): RankRange[] {
  return withRuns(paths, (parts) => {
    const slices: RankRange[] = [];
    const halve = ({ from, to }: RankRange) => {
      const count = parts.reduce((sum, { reader, run }) => {
        const [first, end] = reader.range(run, from, to);
        return sum + end - first;
      }, 0);
      if (count === 0) return;
      if (count <= maxRecords || to - from === 1) {
        slices.push({ from, to });
        return;
      }
      const middle = Math.floor((from + to) / 2);
      halve({ from, to: middle });
      halve({ from: middle, to });
    };
    halve(range);
    return slices;
  });
}

/** All records of a range of ranks, sorted by their first two numbers. */
export function loadRanks(paths: readonly string[], { from, to }: RankRange, words: number): { records: Uint32Array } {
  return withRuns(paths, (parts) => {
    const found = parts.map(({ reader, run }) => ({ reader, run, borders: reader.range(run, from, to) }));
    const count = found.reduce((sum, { borders }) => sum + borders[1] - borders[0], 0);
    const records = new Uint32Array(count * words);
    let at = 0;
    for (const { reader, run, borders } of found) {
      reader.read(run, borders[0], borders[1], records, at);
      at += (borders[1] - borders[0]) * words;
    }
    return { records: sortRecords(records, new Uint32Array(records.length), words, count, 2) };
  });
}

/** Records in all files. */
export function countAll(paths: readonly string[]): number {
  return withRuns(paths, (parts) => parts.reduce((sum, { run }) => sum + run.count, 0));
}

function withRuns<T>(paths: readonly string[], work: (parts: Part[]) => T): T {
  const readers = paths.map((path) => new RecordReader<null>(path));
  try {
    return work(readers.flatMap((reader) => reader.runs.map((run) => ({ reader, run }))));
  } finally {
    for (const reader of readers) reader.close();
  }
}
