/** The text of a chunk as it is embedded: its heading path, then its own words. */
import type { Chunk, Document } from "../../core/document.ts";
import type { TokenCounter } from "../../core/ports.ts";
import { scanBlocks } from "./shared/markdown/blocks.ts";
import { headingText } from "./shared/markdown/headings.ts";

export interface Passage {
  /** The headings above the chunk that its own text does not show, outermost first; "" when there are none. */
  context: string;
  /** What is embedded: the context, a blank line, the chunk's trimmed text; that text alone without context. */
  text: string;
}

const separator = " > ";

/**
 * Headings that stand at the top of the chunk's own text are not said twice. When the path takes more than
 * `contextTokens`, outer headings go first; an innermost one that is too long alone is left out.
 */
export function passageOf(_document: Document, chunk: Chunk, tokens: TokenCounter, contextTokens: number): Passage {
  const path = withoutShown(chunk);
  while (path.length > 0 && tokens.count(path.join(separator)) > contextTokens) path.shift();
  const context = path.join(separator);
  // Blank lines around a passage mean nothing to the model; without them, moving a passage does not change it.
  const text = chunk.text.trim();
  return { context, text: context === "" ? text : `${context}\n\n${text}` };
}

/** The heading path without the innermost headings with which the chunk's text begins. */
function withoutShown(chunk: Chunk): string[] {
  const path = [...chunk.headings];
  if (path.length === 0) return path;
  const shown: string[] = [];
  for (const block of scanBlocks(chunk.text)) {
    if (block.kind !== "heading") break;
    shown.push(headingText(chunk.text, block));
  }
  while (path.length > 0 && shown.includes(path.at(-1)!)) path.pop();
  return path;
}
