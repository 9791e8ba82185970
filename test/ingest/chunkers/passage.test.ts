/** Goal: what is embedded is the chunk under the headings that it does not show itself, within a budget. */
import { expect, test } from "bun:test";
import markdown from "../../../src/ingest/chunkers/markdown.ts";
import { passageOf } from "../../../src/ingest/chunkers/passage.ts";
import { documentOf } from "../../support/documents.ts";
import { pieces } from "../../support/token-counters.ts";

const prose = (seed: string) => Array.from({ length: 30 }, (_, n) => `The ${seed} number ${n} turns slowly.`).join(" ");
const document = documentOf(`# Pumps\n\n## Daily \`care\`\n\n${prose("wheel")}\n`, "markdown");
const untitled = { title: "", uri: "a.md" };
const chunks = [...markdown.chunk(document, { tokens: pieces, maxTokens: 80, overlapTokens: 0 })];

test("headings that the chunk shows are not said twice", () => {
  const passage = passageOf(untitled, chunks[0]!, pieces, 50);
  expect(chunks[0]!.headings).toEqual(["Pumps", "Daily care"]);
  expect(chunks[0]!.text).toStartWith("# Pumps\n\n## Daily `care`\n");
  expect(passage).toEqual({ context: "", text: chunks[0]!.text.trim() });
});

test("a later chunk of the section gets the whole path, then a blank line, then its own text without the blank lines around it", () => {
  const passage = passageOf(untitled, chunks[1]!, pieces, 50);
  expect(passage.context).toBe("Pumps > Daily care");
  expect(passage.text).toBe(`Pumps > Daily care\n\n${chunks[1]!.text.trim()}`);
});

test("outer headings go first when the path is over its budget, and no heading is cut", () => {
  const chunk = { ...chunks[1]!, headings: ["Outer words here", "Middle", "Inner"] };
  expect(passageOf(untitled, chunk, pieces, 5).context).toBe("Middle > Inner");
  expect(passageOf(untitled, chunk, pieces, 3).context).toBe("Inner");
  expect(passageOf(untitled, chunk, pieces, 1).context).toBe("");
});

test("a document without title and headings is embedded as it is", () => {
  const chunk = { ...chunks[1]!, headings: [] };
  expect(passageOf(untitled, chunk, pieces, 50)).toEqual({ context: "", text: chunk.text.trim() });
});

test("the title stands before the headings, unless it is one of them or the chunk shows it", () => {
  const titled = { title: "Wind pumps", uri: "docs/wind%20pumps.md" };
  expect(passageOf(titled, chunks[1]!, pieces, 50).context).toBe("Wind pumps > Pumps > Daily care");
  expect(passageOf({ ...titled, title: "Pumps" }, chunks[1]!, pieces, 50).context).toBe("Pumps > Daily care");
  const shown = { ...chunks[1]!, headings: [], text: `About Wind pumps. ${chunks[1]!.text}` };
  expect(passageOf(titled, shown, pieces, 50).context).toBe("");
  expect(passageOf(titled, chunks[1]!, pieces, 5).context).toBe("Daily care");
  expect(passageOf({ title: "50%", uri: "x:50%" }, chunks[1]!, pieces, 50).context).toBe("50% > Pumps > Daily care");
  expect(passageOf({ ...titled, title: "wind pumps.md" }, chunks[1]!, pieces, 50).context).toBe("Pumps > Daily care");
});
