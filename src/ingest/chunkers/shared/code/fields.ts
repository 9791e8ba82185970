/** What is known of a chunk of source code beside its text: the columns of the code engine, and its enclosing scopes. */
import type { Chunk, Fields } from "../../../../core/document.ts";
import { countWhile } from "../binary-search.ts";
import { skipSpace } from "../characters.ts";
import { docstringOf, shorten, signatureOf } from "./describe.ts";
import { type Definition, MINOR_KINDS, type Outline } from "./outline.ts";
import type { Syntax } from "./syntax.ts";

/**
 * Characters of a header that stands before a passage. A passage has 40 tokens for all its headings, and code has a
 * token in two or three characters: a longer header would be left out altogether.
 */
const MAX_HEADING = 72;
/** Kinds that hold other definitions and say little themselves. */
const FRAME_KINDS: ReadonlySet<string> = new Set(["namespace", "module"]);
/** Headers of definitions that share a chunk. */
const MAX_SIGNATURES = 1_000;

export interface Described {
  headings: string[];
  fields: Fields;
}

/** A function from a chunk to its headings and fields; the tree must still live. */
export function describer(text: string, syntax: Syntax, outline: Outline): (chunk: Chunk) => Described {
  const { definitions } = outline;
  const headings = new Map<Definition, string>();
  const headingOf = (definition: Definition): string => {
    const known = headings.get(definition) ?? shorten(signatureOf(definition, text, syntax), MAX_HEADING);
    headings.set(definition, known);
    return known;
  };

  return ({ start, end }) => {
    const first = countWhile(definitions.length, (i) => definitions[i]!.start < start);
    const after = countWhile(definitions.length, (i) => definitions[i]!.start < end);
    const begins = skipSpace(text, start, end);
    const defined = definedIn(definitions.slice(first, after), start, end);
    const scopes = documentationOf(definitions[after], begins) ?? scopesAt(definitions[first - 1], begins);
    const single = defined.length === 1 ? defined[0] : undefined;
    return {
      headings: scopes.map(headingOf),
      fields: {
        parent_scope: scopes.at(-1)?.qualifiedName ?? "",
        qualified_name: single?.qualifiedName ?? "",
        symbol_kind: kindOf(defined) ?? scopes.at(-1)?.kind ?? kindOfPart(defined, outline, start, end),
        signature: shorten(
          defined.map((definition) => signatureOf(definition, text, syntax)).join("\n"),
          MAX_SIGNATURES,
        ),
        docstring: single ? docstringOf(single, syntax) : "",
        imports: outline.imports,
      },
    };
  };
}

/**
 * What a passage defines: the outermost of the definitions that begin in it. One that is but a frame, such as a
 * namespace, gives way to what begins in it when it goes on beyond the passage.
 */
function definedIn(beginning: readonly Definition[], start: number, end: number): Definition[] {
  const framed = new Set<Definition>();
  const own: Definition[] = [];
  for (const definition of beginning) {
    const { parent } = definition;
    const inFrame = parent !== undefined && FRAME_KINDS.has(parent.kind) && parent.end > end;
    if (inFrame) framed.add(parent);
    if (!parent || parent.start < start || inFrame) own.push(definition);
  }
  const outermost = own.filter((definition) => !framed.has(definition));
  const major = outermost.filter(({ kind }) => !MINOR_KINDS.has(kind));
  return major.length > 0 ? major : outermost;
}

/** The scopes of a passage that is nothing but comments before a definition: it, and what is around it. */
function documentationOf(next: Definition | undefined, offset: number): Definition[] | undefined {
  const [first] = next?.before ?? [];
  return first && first.startIndex <= offset ? scopesAt(next, first.startIndex) : undefined;
}

/** The definitions around an offset, outermost first; `before` is the last one that begins before it. */
function scopesAt(before: Definition | undefined, offset: number): Definition[] {
  const scopes: Definition[] = [];
  for (let scope = before; scope; scope = scope.parent) if (scope.end > offset) scopes.push(scope);
  return scopes.reverse();
}

/** The kind of all the definitions, when they have one. */
function kindOf(definitions: readonly Definition[]): string | undefined {
  const kind = definitions[0]?.kind;
  return definitions.every((definition) => definition.kind === kind) ? kind : undefined;
}

/** `imports` for a passage that only imports, `module` for what else stands at the top of a file, of several kinds too. */
function kindOfPart(
  defined: readonly Definition[],
  { importStarts, otherStarts }: Outline,
  start: number,
  end: number,
) {
  if (defined.length > 0) return "module";
  const within = (starts: number[]) =>
    countWhile(starts.length, (i) => starts[i]! < end) > countWhile(starts.length, (i) => starts[i]! < start);
  return within(importStarts) && !within(otherStarts) ? "imports" : "module";
}
