/** Passages of files of this machine as records of a table, for benchmarks of the store. */
import { idOf } from "../src/core/hash.ts";
import type { ChunkRecord } from "../src/core/record.ts";

export interface BenchPassage extends Pick<ChunkRecord, "root" | "path" | "kind" | "lang" | "seq" | "text" | "tokens"> {
  /** 0 by default. */
  start?: number;
}

export function passageRecord({ start = 0, ...passage }: BenchPassage): ChunkRecord {
  const { path, seq, text } = passage;
  const contentHash = idOf(text);
  return {
    ...passage,
    id: idOf(path, contentHash, String(seq)),
    doc: path,
    item: path,
    title: path.slice(path.lastIndexOf("/") + 1),
    headings: [],
    contentHash,
    startLine: seq + 1,
    endLine: seq + 1,
    page: null,
    row: null,
    start,
    end: start + text.length,
    truncated: false,
    mtimeMs: 0,
    metadata: {},
  };
}
