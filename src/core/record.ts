/** One stored passage, as the pipelines hand it to the store and get it back from a search. */
import type { Fields, Metadata } from "./document.ts";

export interface ChunkRecord {
  /** `idOf(doc, contentHash, ordinal among equal contents of the document)`. */
  id: string;
  /** Document uri: the item's uri, plus `#row=12` or `#id=…` for rows. */
  doc: string;
  /** Source item (file) uri, relative to the project folder where it lies inside it. */
  item: string;
  /** The root that was ingested, as a path relative to the project folder, or absolute outside it. */
  root: string;
  /** Path relative to the project folder, or absolute for a file outside it: what filters see. */
  path: string;
  title: string;
  kind: string;
  lang: string | null;
  text: string;
  headings: string[];
  /** SHA-256 (128 bits, hex) of the text that was embedded: the passage with its heading context. */
  contentHash: string;
  /** 0-based position among the document's chunks. */
  seq: number;
  startLine: number;
  endLine: number;
  page: number | null;
  row: number | null;
  /** Span in the document's text, UTF-16 code units. */
  start: number;
  end: number;
  tokens: number;
  truncated: boolean;
  /** Modification time of the file, milliseconds since the epoch. */
  mtimeMs: number;
  metadata: Metadata;
  /** Values of the columns that the table's mapper adds; a column without a value is null, an empty list or 0. */
  fields?: Fields;
}
