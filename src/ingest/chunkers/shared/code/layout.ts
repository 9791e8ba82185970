/**
 * Where a source file may be cut: at its definitions, inside of one only where it does not fit, then at its members,
 * its statements, and at last its lines. What is cut together is packed together: a part that does not fit gets
 * stretches of its own, so that its pieces do not mix with what stands beside it.
 */
import type { Node } from "web-tree-sitter";
import { addBreak, type Breaks, newBreaks, strength } from "../breaks.ts";
import { isSpace, newline } from "../characters.ts";
import { splitCode } from "../code.ts";
import type { Limits } from "../limits.ts";
import { splitLines, splitWords } from "../prose.ts";
import { refine } from "../refine.ts";
import type { TokenMap } from "../token-map.ts";
import { type Definition, FUNCTION_LIKE, type Outline } from "./outline.ts";
import { newlinesBetween, type Sibling, siblingsOf } from "./siblings.ts";
import type { Syntax } from "./syntax.ts";

export interface Laying {
  text: string;
  tokens: TokenMap;
  limits: Limits;
  syntax: Syntax;
  outline: Outline;
  /** Stretches that are packed apart; the last one is still open. */
  stretches: Breaks[];
}

/** A run of nodes that is not cut unless it does not fit. */
interface Unit {
  start: number;
  siblings: Sibling[];
}

/** Levels of nodes that are gone into. What is nested deeper is cut by its lines. */
const MAX_LEVELS = 150;
/** A stretch below this part of the budget does not stay alone before a part that does not fit. */
const TINY_PART = 0.25;
/** A statement of a function stays whole up to this part of the budget. */
const STATEMENT_PART = 0.25;
/** Tokens at its borders by which a span's count may differ from the difference of two positions. */
const SLACK_TOKENS = 32;

const lineSplitters = [splitCode, splitLines, splitWords];

/** Part of the text with the nodes that stand in it, from the last break on. */
interface Part {
  nodes: readonly Node[];
  end: number;
  /** Strength of the break at its end. */
  closing: number;
  /** Nodes above these. */
  level: number;
  /** Nodes above these that are neither definitions nor containers: the deeper, the worse a place to cut. */
  depth: number;
  /** Tokens up to which a unit that defines nothing stays whole. */
  whole: number;
}

/** Stretches of breaks that cover `[start, end)`, of which `root` is the tree. */
export function layOut(laying: Omit<Laying, "stretches">, root: Node, start: number, end: number): Breaks[] {
  const stretches = [newBreaks(start)];
  const part = { nodes: root.namedChildren, end, closing: strength.block, level: 0, depth: 0 };
  layPart({ ...laying, stretches }, { ...part, whole: laying.limits.maxTokens });
  return stretches;
}

function layPart(laying: Laying, part: Part): void {
  const { text, outline } = laying;
  const begin = open(laying).offsets.at(-1)!;
  const units = unitsOf(laying, part.nodes, begin, part.end);
  const [first] = units;
  if (!first || part.level > MAX_LEVELS) {
    refine({ ...laying, breaks: open(laying) }, part.end, lineSplitters, part.closing, false);
    return;
  }
  // What stands before the first node: the header of a definition, an opening brace.
  if (first.start > begin) {
    refine({ ...laying, breaks: open(laying) }, first.start, lineSplitters, strength.lead, false);
  }
  for (const [index, unit] of units.entries()) {
    const next = units[index + 1];
    const end = next?.start ?? part.end;
    const closing = next ? strengthBetween(text, outline, unit, next, part.depth) : part.closing;
    const from = open(laying).offsets.at(-1)!;
    const whole = definitionOf(outline, unit) ? laying.limits.maxTokens : part.whole;
    if (fits(laying, from, end, whole)) addBreak(open(laying), end, closing, true);
    else layUnit(laying, unit, { ...part, end, closing });
  }
}

/** Goes into a unit that does not fit. */
function layUnit(laying: Laying, unit: Unit, part: Part): void {
  const definition = definitionOf(laying.outline, unit);
  if (definition) {
    layDefinition(laying, definition, unit.start, part);
    return;
  }
  const { siblings } = unit;
  const nodes = siblings.flatMap(({ before, node }) => [...before, ...childrenOf(laying, node)]);
  const [{ node }] = siblings as [Sibling];
  const same = siblings.length === 1 && (laying.syntax.containers.has(node.type) || node.isError);
  layPart(laying, { ...part, nodes, level: part.level + 1, depth: same ? part.depth : part.depth + 1 });
}

/** A definition has its stretches for itself: its header with its first members, then the others. */
function layDefinition(laying: Laying, definition: Definition, start: number, { end, level }: Part): void {
  const { tokens, limits, stretches } = laying;
  const current = open(laying);
  if (tokens.before(start) - tokens.before(current.offsets[0]!) >= limits.maxTokens * TINY_PART) {
    stretches.push(newBreaks(start));
  }
  const nodes = (definition.body ?? definition.node).namedChildren;
  // Long statements do not stay whole: the header, or a line between two of them, would be left alone.
  const whole = FUNCTION_LIKE.has(definition.kind) ? limits.maxTokens * STATEMENT_PART : limits.maxTokens;
  layPart(laying, { nodes, end, closing: strength.block, level: level + 1, depth: 0, whole });
  stretches.push(newBreaks(end));
}

function definitionOf({ byNode }: Outline, { siblings }: Unit): Definition | undefined {
  return siblings.length === 1 ? byNode.get(siblings[0]!.node.id) : undefined;
}

/** In what the parser could not read, only the definitions are places to cut; all else is cut by its lines. */
function childrenOf({ outline }: Laying, node: Node): readonly Node[] {
  const children = node.namedChildren;
  return node.isError ? children.filter((child) => outline.byNode.has(child.id)) : children;
}

/**
 * The units among nodes, each from its line's beginning on. In text of several lines only a node that begins a line
 * begins a unit; in a single long line every node does.
 */
function unitsOf({ text, syntax }: Laying, nodes: readonly Node[], begin: number, end: number): Unit[] {
  const first = text.indexOf("\n", begin);
  const oneLine = first === -1 || first >= end - 1;
  const units: Unit[] = [];
  for (const sibling of siblingsOf(nodes, text, syntax)) {
    const last = units.at(-1);
    const start = lineStart(text, sibling.start, last ? last.siblings.at(-1)!.end : begin);
    if (start <= begin && last) last.siblings.push(sibling);
    else if (last && !oneLine && start > 0 && text.charCodeAt(start - 1) !== newline) last.siblings.push(sibling);
    else units.push({ start: Math.max(start, begin), siblings: [sibling] });
  }
  return units;
}

/** The beginning of the line of `at` when nothing but space stands before it, and nothing before `limit`; else `at`. */
function lineStart(text: string, at: number, limit: number): number {
  let start = at;
  while (start > limit && isSpace(text.charCodeAt(start - 1))) {
    start--;
    if (text.charCodeAt(start) === newline) return start + 1;
  }
  return start === 0 ? 0 : at;
}

function strengthBetween(text: string, { byNode }: Outline, unit: Unit, next: Unit, depth: number): number {
  const last = unit.siblings.at(-1)!;
  const first = next.siblings[0]!;
  const newlines = newlinesBetween(text, last.end, first.start);
  if (newlines === 0) return strength.word;
  if (depth > 1) return strength.line;
  if (byNode.has(last.node.id) || byNode.has(first.node.id)) return depth === 0 ? strength.block : strength.paragraph;
  if (newlines > 1) return depth === 0 ? strength.paragraph : strength.sentence;
  return depth === 0 ? strength.sentence : strength.line;
}

function fits({ tokens, limits }: Laying, start: number, end: number, whole: number): boolean {
  if (end - start > limits.maxCharacters) return false;
  if (tokens.before(end) - tokens.before(start) > whole + SLACK_TOKENS) return false;
  return tokens.count(start, end) <= whole;
}

const open = ({ stretches }: Laying): Breaks => stretches.at(-1)!;
