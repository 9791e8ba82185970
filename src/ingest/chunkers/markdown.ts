/** Markdown by sections: the heading path is kept, and tables, lists and fences stay whole where they fit. */
import type { Chunk } from "../../core/document.ts";
import type { Chunker } from "./chunker.ts";
import { countWhile } from "./shared/binary-search.ts";
import { newBreaks, type Splitter, strength } from "./shared/breaks.ts";
import { trimEnd } from "./shared/characters.ts";
import { splitCode } from "./shared/code.ts";
import { emit } from "./shared/emit.ts";
import { type Block, type BlockKind, scanBlocks } from "./shared/markdown/blocks.ts";
import { type Heading, headingOf, pathOf } from "./shared/markdown/headings.ts";
import { splitItems, splitNestedItems } from "./shared/markdown/lists.ts";
import { splitLines, splitProse, splitWords } from "./shared/prose.ts";
import { type Refining, refine } from "./shared/refine.ts";
import { beginEmitting } from "./shared/stretch.ts";

interface Section {
  headings: Heading[];
  blocks: Block[];
}

const splitters: Readonly<Record<BlockKind, readonly Splitter[]>> = {
  heading: [splitWords],
  paragraph: [splitProse, splitLines, splitWords],
  quote: [splitProse, splitLines, splitWords],
  list: [splitItems, splitNestedItems, splitProse, splitLines, splitWords],
  table: [splitLines, splitWords],
  fence: [splitCode, splitLines, splitWords],
  indented: [splitCode, splitLines, splitWords],
  html: [splitLines, splitWords],
  rule: [],
};
const solidKinds: ReadonlySet<BlockKind> = new Set(["heading", "list", "table", "fence", "indented"]);

const markdown: Chunker = {
  name: "markdown",
  *chunk(document, options): Generator<Chunk> {
    const { text } = document;
    if (text.trim() === "") return;
    let headings: Heading[] = [];
    const headingsAt = (end: number) =>
      pathOf(text, headings[countWhile(headings.length, (i) => headings[i]!.block.start < end) - 1]);
    const emitting = beginEmitting(document, options, "word", headingsAt);
    let start = 0;
    for (const [section, end] of sections(text)) {
      headings = section.headings;
      const breaks = newBreaks(start);
      addSection({ text, tokens: emitting.tokens, limits: emitting.limits, breaks }, section, end);
      yield* emit(emitting, breaks);
      start = end;
    }
  },
};

export default markdown;

/**
 * Sections with the offsets at which they end. A heading begins a section, unless nothing but headings came before it:
 * a heading without text of its own stays with the next.
 */
function* sections(text: string): Generator<[Section, number]> {
  let section: Section = { headings: [], blocks: [] };
  let heading: Heading | undefined;
  let onlyHeadings = true;
  for (const block of scanBlocks(text)) {
    if (block.kind === "heading") {
      if (!onlyHeadings) {
        yield [section, block.start];
        section = { headings: [], blocks: [] };
      }
      heading = headingOf(block, heading);
      section.headings.push(heading);
      onlyHeadings = true;
    } else {
      onlyHeadings = false;
    }
    section.blocks.push(block);
  }
  yield [section, text.length];
}

function addSection(refining: Refining, section: Section, end: number): void {
  const { blocks } = section;
  for (const [index, block] of blocks.entries()) {
    const next = blocks[index + 1];
    const closing = next ? strengthBetween(refining.text, block, next) : strength.block;
    refine(refining, next?.start ?? end, splitters[block.kind], closing, solidKinds.has(block.kind));
  }
}

/** A heading, and a paragraph that introduces a list, a table or code, stay with what follows where they can. */
function strengthBetween(text: string, block: Block, next: Block): number {
  if (block.kind === "heading") return strength.lead;
  if (block.kind !== "paragraph") return strength.block;
  if (next.kind === "paragraph") return strength.paragraph;
  return text[trimEnd(text, block.start, block.end) - 1] === ":" ? strength.lead : strength.block;
}
