/** Passages put together again, against the text that they were cut from. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { type Stretch, stitched } from "../../src/search/stitch.ts";

/** Pieces of a text, which may overlap or leave out the white space between two of them. */
function cut(text: string, places: readonly [start: number, end: number][]): Stretch[] {
  const lineAt = (offset: number) => text.slice(0, offset).split("\n").length;
  return places
    .map(([start, end]) => ({
      start,
      end,
      text: text.slice(start, end),
      startLine: lineAt(start),
      endLine: lineAt(end - 1),
    }))
    .filter(({ text: piece }) => piece !== "")
    .sort((a, b) => a.start - b.start);
}

test("a text comes back from pieces that overlap, whatever they are", () => {
  fc.assert(
    fc.property(
      fc.string({ minLength: 1, maxLength: 60, unit: fc.constantFrom("a", "b", "\n", " ") }),
      fc.nat(),
      (text, seed) => {
        const size = 1 + (seed % 7);
        const pieces: [number, number][] = [];
        for (let at = 0; at < text.length; at += size)
          pieces.push([Math.max(0, at - (seed % 3)), Math.min(text.length, at + size)]);
        expect(stitched(cut(text, pieces)).text).toBe(text);
      },
    ),
  );
});

test("newlines that lay between two pieces come back", () => {
  const text = "one\n\n\ntwo\nthree";
  expect(
    stitched(
      cut(text, [
        [0, 3],
        [6, 9],
        [10, 15],
      ]),
    ),
  ).toEqual({ text, startLine: 1, endLine: 5 });
});

test("lines are cut out of pieces, as they are counted in the source", () => {
  const pieces = cut("l1\nl2\nl3\nl4\nl5\n", [
    [3, 9],
    [9, 15],
  ]);
  expect(stitched(pieces, [3, 4])).toEqual({ text: "l3\nl4", startLine: 3, endLine: 4 });
  expect(stitched(pieces, [1, 99])).toEqual({ text: "l2\nl3\nl4\nl5", startLine: 2, endLine: 5 });
});

test("text whose lines are not those of the source stays whole", () => {
  const page: Stretch = { start: 0, end: 3, text: "a b", startLine: 4, endLine: 9 };
  expect(stitched([page], [5, 5])).toEqual({ text: "a b", startLine: 4, endLine: 9 });
});

test("text that a chunker changed is not cut by places that say nothing of it", () => {
  const pieces: Stretch[] = [
    { start: 0, end: 400, text: "first part", startLine: 1, endLine: 4 },
    { start: 300, end: 500, text: "second part", startLine: 4, endLine: 6 },
  ];
  expect(stitched(pieces)).toEqual({ text: "first part\nsecond part", startLine: 1, endLine: 6 });
});
