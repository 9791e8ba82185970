/** Files whose lines tell which they are, cut into passages anywhere, as hits for a context. */
import fc from "fast-check";
import type { ChunkRecord } from "../../../src/core/record.ts";
import type { Candidate } from "../../../src/search/context/candidate.ts";
import { record } from "../../store/rows.ts";

/** The first and the last word of a line of a file, which no other line has. */
export const lineWords = (file: number, line: number): [string, string] => [`a${file}n${line}x`, `z${file}n${line}x`];

export function candidate(record: ChunkRecord, rank: number, more: Partial<Candidate> = {}): Candidate {
  return {
    record,
    engine: "documents",
    rank,
    score: 1 / rank,
    isHit: true,
    scope: [],
    imports: [],
    tableHeader: undefined,
    statement: undefined,
    also: [],
    ...more,
  };
}

interface Cut {
  lines: number;
  /** Where passages end, as parts of the text, and how far back the next one begins. */
  cuts: readonly (readonly [number, number])[];
}

/** The passages of a file. */
export function passagesOf(file: number, { lines, cuts }: Cut): ChunkRecord[] {
  const text = Array.from({ length: lines }, (_, i) => `${lineWords(file, i + 1).join(" `some` <words> ")}\n`).join("");
  const ends = [...new Set([...cuts.map(([part]) => Math.ceil(part * text.length)), text.length])].filter(
    (end) => end > 0,
  );
  ends.sort((a, b) => a - b);
  const lineAt = (offset: number) => text.slice(0, offset).split("\n").length;
  return ends.map((end, seq) => {
    const before = ends[seq - 1] ?? 0;
    const back = Math.floor((cuts[seq % Math.max(1, cuts.length)]?.[1] ?? 0) * 40);
    const start = Math.max(ends[seq - 2] ?? 0, before - (seq === 0 ? 0 : back));
    const shown = text.slice(start, end);
    const [first, last] = [start + shown.search(/\S|$/), end - (shown.length - shown.trimEnd().length)];
    return {
      ...record(`f${file}.md`, shown),
      id: `${file} ${seq}`,
      path: `f${file}.md`,
      title: `f${file}.md`,
      kind: "markdown",
      seq,
      start,
      end,
      startLine: lineAt(first),
      endLine: lineAt(Math.max(first, last - 1)),
    };
  });
}

const part = fc.double({ min: 0.01, max: 0.99, noNaN: true });
const made = fc.record({
  lines: fc.integer({ min: 1, max: 30 }),
  cuts: fc.array(fc.tuple(part, part), { maxLength: 8 }),
});

/** Some passages of up to three files, ranked in any order, some of them as neighbours of a hit before. */
export const madeCandidates: fc.Arbitrary<Candidate[]> = fc
  .tuple(fc.array(made, { minLength: 1, maxLength: 3 }), fc.infiniteStream(part), fc.infiniteStream(fc.boolean()))
  .map(([files, weights, kinds]) => {
    const next = () => weights.next().value as number;
    const ranked = files
      .flatMap((file, i) => passagesOf(i, file))
      .map((record) => ({ record, weight: next() }))
      .filter(({ weight }) => weight < 0.7)
      .sort((a, b) => a.weight - b.weight);
    const all = ranked.map(({ record }, i) =>
      candidate(record, i + 1, { isHit: i === 0 || (kinds.next().value as boolean) }),
    );
    const hits = all.filter(({ isHit }) => isHit);
    const beside = all.filter(({ isHit }) => !isHit).map((each, i) => ({ ...each, rank: hits[i % hits.length]!.rank }));
    return [...hits, ...beside];
  });
