/** Which passages a budget of tokens holds: the best ones first, counted over the whole output. */
import { MdpError } from "../../core/errors.ts";
import type { TokenCounter } from "../../core/ports.ts";
import type { Candidate } from "./candidate.ts";
import { citationOf, hasOwnLines, type Piece, piecesOf, withoutBlankEdges } from "./pieces.ts";
import type { ContextView, Render } from "./render.ts";

export interface FitRequest {
  question: string;
  /** Hits by rank, then what may be shown beside them, the more wanted first. */
  candidates: readonly Candidate[];
  budget: number;
  tokenizer: string;
  /** Tokens of a text; the whole output is given to it. */
  count: TokenCounter["count"];
  render: Render;
  /** What the settings say of engines, by name. */
  collections: ReadonlyMap<string, string>;
}

export interface Fitted {
  view: ContextView;
  output: string;
  /** Of the output. */
  tokens: number;
  /** Places of all hits that are not shown. */
  leftOut: string[];
}

/** Passages in a row that found no room, after which no others are tried. */
const MOST_MISSES = 24;

/**
 * Takes passages in their order while the output stays within the budget; one that does not fit is passed over. Where
 * not even the best one fits, its beginning is taken.
 *
 * @throws MdpError `budget-too-small` when there is no room for that either
 */
export function fit(request: FitRequest): Fitted {
  const { candidates, budget } = request;
  const hits = candidates.filter(({ isHit }) => isHit);
  if (hits.length === 0) return emptyOf(request);
  const chosen = choose(request);
  while (chosen.length > 0 && tokensOf(request, chosen) > budget) chosen.pop();
  if (chosen.length === 0) return beginningOf(request, hits);
  const view = viewOf(request, chosen);
  return withPlaces(request, view, missing(hits, chosen, view.pieces));
}

function emptyOf(request: FitRequest): Fitted {
  const view = viewOf(request, []);
  const output = request.render(view);
  const tokens = request.count(output);
  if (tokens > request.budget) throw tooSmall(request, tokens);
  return { view, output, tokens, leftOut: [] };
}

/** In the order in which they came in, which is that of their worth. */
function choose(request: FitRequest): Candidate[] {
  const { candidates, budget } = request;
  const frame = tokensOf(request, []);
  const chosen: Candidate[] = [];
  let known = frame;
  let guessed = 0;
  let misses = 0;
  const ranks = new Set<number>();
  for (const candidate of candidates) {
    if (misses > MOST_MISSES) break;
    // What stands beside a passage that is not shown is no context of it.
    if (!candidate.isHit && !ranks.has(candidate.rank)) continue;
    // Alone a passage costs at least what it costs beside others, up to how words at its edges are cut.
    const cost = tokensOf(request, [candidate]) - frame;
    if (known + guessed + cost > budget) {
      const exact = tokensOf(request, [...chosen, candidate]);
      if (exact > budget) {
        misses++;
        continue;
      }
      known = exact;
      guessed = 0;
    } else guessed += cost;
    misses = 0;
    chosen.push(candidate);
    if (candidate.isHit) ranks.add(candidate.rank);
  }
  return chosen;
}

function tokensOf(request: FitRequest, chosen: readonly Candidate[]): number {
  return request.count(request.render(viewOf(request, chosen)));
}

function viewOf({ question, budget, tokenizer, collections, candidates }: FitRequest, chosen: readonly Candidate[]) {
  const used = new Set(chosen.map(({ engine }) => engine));
  const shown = new Set(chosen);
  const count = candidates.filter((candidate) => candidate.isHit && !shown.has(candidate)).length;
  const view: ContextView = {
    question,
    budget,
    tokenizer,
    collections: new Map([...collections].filter(([engine]) => used.has(engine))),
    pieces: piecesOf(chosen),
    leftOut: { count, places: [], more: 0 },
  };
  return view;
}

/** Places of hits that are not shown, without the lines that a passage shares with one that is. */
function missing(hits: readonly Candidate[], chosen: readonly Candidate[], shown: readonly Piece[]): string[] {
  const taken = new Set(chosen);
  const pieces = piecesOf(hits.filter((hit) => !taken.has(hit)));
  return pieces.map((piece) => {
    const beside = shown.filter(({ path, rows }) => path === piece.path && rows === null);
    const last = Math.max(
      0,
      ...beside.filter(({ startLine }) => startLine <= piece.startLine).map(({ endLine }) => endLine),
    );
    const first = Math.min(
      ...beside.filter(({ endLine }) => endLine >= piece.endLine).map(({ startLine }) => startLine),
    );
    const startLine = Math.max(piece.startLine, last + 1);
    const endLine = Math.min(piece.endLine, first - 1);
    return citationOf(startLine <= endLine ? { ...piece, startLine, endLine } : piece);
  });
}

/** As many places of what is left out as there is room for. */
function withPlaces(request: FitRequest, view: ContextView, places: string[]): Fitted {
  const at = (shown: number) => {
    const leftOut = { ...view.leftOut, places: places.slice(0, shown), more: places.length - shown };
    const filled = { ...view, leftOut };
    const output = request.render(filled);
    return { view: filled, output, tokens: request.count(output), leftOut: places };
  };
  let [low, high] = [0, places.length];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (at(middle).tokens <= request.budget) low = middle;
    else high = middle - 1;
  }
  return at(low);
}

/** The beginning of the best passage, up to the last line or else the last word that fits. */
function beginningOf(request: FitRequest, hits: readonly Candidate[]): Fitted {
  const [first] = hits as [Candidate];
  const view = viewOf(request, [first]);
  const piece = view.pieces[0]!;
  const left = piecesOf(hits.slice(1)).map(citationOf);
  const cut = (length: number): { view: ContextView; tokens: number; rest: string[] } => {
    const { piece: beginning, rest } = cutPiece(piece, first, length);
    const leftOut = { ...view.leftOut, count: view.leftOut.count + rest.length };
    const shown = { ...view, pieces: [beginning], leftOut };
    return { view: shown, tokens: request.count(request.render(shown)), rest };
  };
  let [low, high] = [0, piece.text.length];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (cut(middle).tokens <= request.budget) low = middle;
    else high = middle - 1;
  }
  const found = cut(low);
  if (found.tokens > request.budget || found.view.pieces[0]!.text === "") throw tooSmall(request, cut(1).tokens);
  return withPlaces(request, found.view, [...found.rest, ...left]);
}

function cutPiece(piece: Piece, { record }: Candidate, length: number): { piece: Piece; rest: string[] } {
  const text = piece.text.slice(0, length);
  const newline = text.lastIndexOf("\n");
  const space = text.search(/\s\S*$/);
  const end = newline > 0 ? newline : space > 0 ? space : text.length;
  const shown = withoutBlankEdges(text.slice(0, end).toWellFormed());
  const lines = hasOwnLines(record) ? piece.startLine + shown.split("\n").length - 1 : piece.endLine;
  const from = newline > 0 && hasOwnLines(record) ? lines + 1 : piece.startLine;
  const rest = from <= piece.endLine ? [citationOf({ ...piece, startLine: from })] : [];
  return { piece: { ...piece, text: shown, endLine: lines, isCut: true }, rest };
}

function tooSmall({ budget }: FitRequest, least: number): MdpError {
  return new MdpError({
    code: "budget-too-small",
    message: `a budget of ${budget} tokens holds no text: a citation and a word of the best passage need ${least}`,
    hint: "raise --budget; 4000 is the default",
  });
}
