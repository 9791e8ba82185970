/** Passages that the embedder refuses: they stay in the table without a vector, and are named among the rejects. */
import type { Reject } from "../../core/document.ts";
import type { ChunkRecord } from "../../core/record.ts";
import { type IngestReport, keepFailure } from "./report.ts";

const EXCERPT_CHARACTERS = 500;

export function refusalOf({ doc, row, startLine, endLine, text }: ChunkRecord, why: string): Reject {
  const lines = startLine === endLine ? `line ${startLine}` : `lines ${startLine} to ${endLine}`;
  return {
    uri: doc,
    ...(row === null ? {} : { row }),
    code: "embedding-refused",
    reason: `${lines}: ${why}`,
    hint: "the passage is found by its words only",
    excerpt: text.slice(0, EXCERPT_CHARACTERS),
  };
}

/** @param failing whether something else was wrong with the file already */
export function countRefused(report: IngestReport, path: string, rejects: readonly Reject[], failing: boolean): void {
  if (rejects.length === 0) return;
  if (!failing) report.failed++;
  report.rejected += rejects.length;
  for (const reject of rejects) keepFailure(report, path, reject);
}
