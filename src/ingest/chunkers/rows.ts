/** Rows of a file of rows: one chunk where the row fits, else cut between its fields, then like text. */
import type { Chunker } from "./chunker.ts";
import { splitLines, splitProse, splitWords } from "./shared/prose.ts";
import { chunkWhole } from "./shared/stretch.ts";

const rows: Chunker = {
  name: "rows",
  chunk: (document, options) => chunkWhole(document, options, [splitLines, splitProse, splitWords], "word"),
};

export default rows;
