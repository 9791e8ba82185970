/** What a context is made of: passages that were found, those beside them, and what is known of the places around. */
import type { ChunkRecord } from "../../core/record.ts";

/** A line above a passage that says where it belongs: the header of a class, the first row of a table. */
export interface ScopeLine {
  /** 1-based line of the source; null where only the text is known. */
  line: number | null;
  text: string;
}

/** Executions of a statement that an engine of SQL has counted. */
export interface StatementFacts {
  type: string;
  tables: readonly string[];
  calls: number;
  /** Milliseconds; 0 when the log does not say. */
  totalMs: number;
  maxMs: number;
}

/** One passage that may be shown. */
export interface Candidate {
  record: ChunkRecord;
  /** Name of the engine that it is from. */
  engine: string;
  /** 1-based rank of its hit, or of the hit that it stands beside. */
  rank: number;
  score: number;
  /** A neighbour was not found itself, and is never missed. */
  isHit: boolean;
  /** Outermost first: title and headings, or headers of scopes with their lines. */
  scope: readonly ScopeLine[];
  /** Modules that the file imports and the passage names. */
  imports: readonly string[];
  /** Header of the table whose rows the passage goes on with. */
  tableHeader: ScopeLine | undefined;
  statement: StatementFacts | undefined;
  /** Other places of the same statement or text: `path:line`. */
  also: readonly string[];
}
