/** Citations in an answer: every way to write numbers in brackets, and what only looks like one. */
import { describe, expect, test } from "bun:test";
import { citedNumbers } from "../../../src/search/context/citations.ts";

describe("numbers that an answer cites", () => {
  test.each([
    ["It is so [2]. And so [1][3].", [2, 1, 3]],
    ["Twice [1], again [1].", [1]],
    ["Several [1, 3; 5 and 7].", [1, 3, 5, 7]],
    ["A range [2-4] or [6–7].", [2, 3, 4, 6, 7]],
    ["A range that is none [4-2], [1-9999].", [4, 1]],
    ["Code `list[1]` and\n```py\nx[2]\n```\nbut [3].", [3]],
    ["Open fence:\n```\nx[2]", []],
    ["[one], [], [1a], [a1], (1), 1], [1", []],
  ])("%s", (answer, numbers) => {
    expect(citedNumbers(answer)).toEqual(numbers);
  });
});
