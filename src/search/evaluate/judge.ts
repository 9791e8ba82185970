/** Hits → rankings of what is judged: passages (stretches of lines) or files. */
import type { Judgements } from "./metrics.ts";
import type { Answer } from "./questions.ts";

/** What judging needs to know of a hit. */
export interface JudgedHit {
  id: string;
  /** Uri of the document; that of a row ends in `#id=…`. */
  uri: string;
  path: string;
  startLine: number;
  endLine: number;
  text: string;
}

export interface Judged {
  ranking: string[];
  judgements: Judgements;
}

/**
 * Judged by passage: each answer counts at the first hit that shares lines with it, and a hit that answers nothing is
 * another id. A later hit of an answer that was found already is left out: it brings nothing new, and is no error.
 */
export function byPassage(hits: readonly JudgedHit[], answers: readonly Answer[]): Judged {
  const ranking: string[] = [];
  const found = new Set<number>();
  for (const hit of hits) {
    const matching = answers.flatMap((answer, index) => (gives(hit, answer) ? [index] : []));
    if (matching.length === 0) ranking.push(`hit ${hit.id}`);
    for (const index of matching) {
      if (found.has(index)) continue;
      found.add(index);
      ranking.push(`answer ${index}`);
    }
  }
  return { ranking, judgements: new Map(answers.map(({ grade }, index) => [`answer ${index}`, grade])) };
}

/** Judged by file (by row, where the answers name rows): each counts once, at its first hit, with its best grade. */
export function byFile(hits: readonly JudgedHit[], answers: readonly Answer[]): Judged {
  const judgements = new Map<string, number>();
  for (const answer of answers) {
    const name = answer.row ?? answer.path;
    judgements.set(name, Math.max(answer.grade, judgements.get(name) ?? 0));
  }
  const names = hits.map((hit) => {
    const row = rowOf(hit.uri);
    return row !== undefined && judgements.has(row) ? row : judgements.has(hit.path) ? hit.path : (row ?? hit.path);
  });
  return { ranking: [...new Set(names)], judgements };
}

function gives(hit: JudgedHit, { path, lines, quote, row }: Answer): boolean {
  if (row !== undefined) return rowOf(hit.uri) === row;
  if (hit.path !== path) return false;
  if (lines !== undefined) return hit.startLine <= lines[1] && hit.endLine >= lines[0];
  return quote === undefined || quotes(hit.text, quote);
}

/** Fewest words of a quotation of which half is enough. */
const HALVED_WORDS = 8;

/**
 * Whether a passage holds the quotation, words only, since markup may stand between them. Half of a long one is enough:
 * the border of two passages may cut it.
 */
export function quotes(text: string, quote: string): boolean {
  const words = plainWords(quote);
  const middle = words.length < HALVED_WORDS ? words.length : Math.ceil(words.length / 2);
  const passage = ` ${plainWords(text).join(" ")} `;
  return [words.slice(0, middle), words.slice(middle)].some(
    (half) => half.length > 0 && passage.includes(` ${half.join(" ")} `),
  );
}

function plainWords(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
}

/** The id of a row: what stands behind `#id=` in its uri. */
function rowOf(uri: string): string | undefined {
  const at = uri.lastIndexOf("#id=");
  return at === -1 ? undefined : decodeURIComponent(uri.slice(at + 4));
}
