/** Text with titles on lines of their own (reStructuredText, AsciiDoc, plain text): by sections, their titles kept. */
import type { Chunk } from "../../core/document.ts";
import type { Chunker } from "./chunker.ts";
import { newBreaks, strength } from "./shared/breaks.ts";
import { emit } from "./shared/emit.ts";
import { refine } from "./shared/refine.ts";
import { beginEmitting, proseSplitters } from "./shared/stretch.ts";
import { scanTitles, type Title } from "./shared/titles.ts";

const titled: Chunker = {
  name: "titled",
  *chunk(document, options): Generator<Chunk> {
    const { text } = document;
    if (text.trim() === "") return;
    let path: Title[] = [];
    const emitting = beginEmitting(document, options, "word", () => path.map(({ words }) => words));
    const { tokens, limits } = emitting;
    let start = 0;
    for (const [titles, end] of sections(text)) {
      for (const title of titles) path = [...path.filter(({ level }) => level < title.level), title];
      const breaks = newBreaks(start);
      const refining = { text, tokens, limits, breaks };
      // A title stays with what follows where it can.
      for (const title of titles) refine(refining, title.end, proseSplitters, strength.lead, true);
      refine(refining, end, proseSplitters, strength.block, false);
      yield* emit(emitting, breaks);
      start = end;
    }
  },
};

export default titled;

/** Sections with the offsets at which they end. A title without text of its own stays with the next. */
function* sections(text: string): Generator<[Title[], number]> {
  let titles: Title[] = [];
  for (const title of scanTitles(text)) {
    const last = titles.at(-1);
    if (text.slice(last?.end ?? 0, title.start).trim() !== "") {
      yield [titles, title.start];
      titles = [];
    }
    titles.push(title);
  }
  yield [titles, text.length];
}
