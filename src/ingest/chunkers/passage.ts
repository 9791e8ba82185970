/** The text of a chunk as it is embedded: what it is from, then its own words. */
import type { Chunk, Document } from "../../core/document.ts";
import type { TokenCounter } from "../../core/ports.ts";
import { scanBlocks } from "./shared/markdown/blocks.ts";
import { headingText } from "./shared/markdown/headings.ts";

export interface Passage {
  /** The title and the headings above the chunk that its own text does not show, outermost first; "" without any. */
  context: string;
  /** What is embedded: the context, a blank line, the chunk's trimmed text; that text alone without context. */
  text: string;
}

const separator = " > ";

/** Characters at a chunk's beginning in which its document's title is looked for. */
const SHOWN_WITHIN = 300;

/**
 * Headings that stand at the top of the chunk's own text are not said twice, nor is the title. The name of a file that
 * has no title is none: renaming a file must not change what is embedded. When the path takes more than
 * `contextTokens`, outer headings go first; an innermost one that is too long alone is left out.
 */
export function passageOf(
  { title, uri }: Pick<Document, "title" | "uri">,
  chunk: Chunk,
  tokens: TokenCounter,
  contextTokens: number,
): Passage {
  const path = withoutShown(chunk);
  const isShown = chunk.headings.includes(title) || chunk.text.slice(0, SHOWN_WITHIN).includes(title);
  if (!isShown && title !== nameOf(uri)) path.unshift(title);
  while (path.length > 0 && tokens.count(path.join(separator)) > contextTokens) path.shift();
  const context = path.join(separator);
  // Blank lines around a passage mean nothing to the model; without them, moving a passage does not change it.
  const text = chunk.text.trim();
  return { context, text: context === "" ? text : `${context}\n\n${text}` };
}

/** The last part of a file's path, behind which rows and members of archives are named. */
function nameOf(uri: string): string {
  const [file = ""] = uri.split("#", 1);
  const name = file.slice(file.lastIndexOf("/") + 1);
  try {
    return decodeURIComponent(name);
  } catch {
    // Documents of a source of the user's may be named in any way.
    return name;
  }
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
