/** Plain text by paragraphs and sentences; source code by blank lines and indentation. */
import type { Chunker } from "./chunker.ts";
import { chunkWhole, codeSplitters, proseSplitters } from "./shared/stretch.ts";

const text: Chunker = {
  name: "text",
  chunk: (document, options) =>
    document.kind === "code"
      ? chunkWhole(document, options, codeSplitters, "line")
      : chunkWhole(document, options, proseSplitters, "word"),
};

export default text;
