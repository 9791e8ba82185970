/** Logs by their entries: a chunk begins with an entry wherever one fits, and the lines below it stay with it. */
import { beginsEntry } from "../formats/shared/log-entries.ts";
import type { Chunker } from "./chunker.ts";
import { type Splitter, strength } from "./shared/breaks.ts";
import { splitLines, splitWords } from "./shared/prose.ts";
import { chunkWhole } from "./shared/stretch.ts";

const splitEntries: Splitter = (text, start, end, add) => {
  for (let at = text.indexOf("\n", start); at !== -1 && at + 1 < end; at = text.indexOf("\n", at + 1)) {
    if (beginsEntry(text.slice(at + 1, at + 121))) add(at + 1, strength.paragraph);
  }
};

const entries: Chunker = {
  name: "entries",
  chunk: (document, options) => chunkWhole(document, options, [splitEntries, splitLines, splitWords], "line"),
};

export default entries;
