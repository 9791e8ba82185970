/** Contexts within a budget: never more tokens, no line twice, the order kept, and nothing lost without a word. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { SaxesParser } from "saxes";
import { MdpError } from "../../../src/core/errors.ts";
import { DEFAULT_MODEL, findModel } from "../../../src/models/find.ts";
import type { Candidate } from "../../../src/search/context/candidate.ts";
import { type Fitted, fit } from "../../../src/search/context/fit.ts";
import { type ContextFormat, contextFormats } from "../../../src/search/context/render.ts";
import { openTokenizer } from "../../../src/tokenizers/open.ts";
import { candidate, lineWords, madeCandidates, passagesOf } from "./made-files.ts";

const words = (text: string) => text.match(/[\p{L}\p{N}]+|\S/gu)?.length ?? 0;

function fitted(
  candidates: readonly Candidate[],
  budget: number,
  format: ContextFormat = "md",
  count: (text: string) => number = words,
): Fitted | undefined {
  const request = { question: "a <question>", candidates, budget, tokenizer: "words", collections: new Map() };
  try {
    return fit({ ...request, count, render: contextFormats[format] });
  } catch (error) {
    if (error instanceof MdpError && error.code === "budget-too-small") return undefined;
    throw error;
  }
}

/** Files as they are cited in Markdown, with the lines and the text under each citation. */
function shownIn(markdown: string): { file: number; from: number; to: number; text: string }[] {
  return [...markdown.matchAll(/^## f(\d+)\.md:(\d+)(?:-(\d+))?\n(`{3,})md\n([\s\S]*?)\n\4$/gm)].map(
    ([, file, from, to, , text]) => ({ file: Number(file), from: Number(from), to: Number(to ?? from), text: text! }),
  );
}

const budgets = fc.integer({ min: 1, max: 900 });
const formats = fc.constantFrom<ContextFormat>("md", "xml", "json");

describe("for any hits and any budget", () => {
  test("the whole output stays within it, in every format", () => {
    fc.assert(
      fc.property(madeCandidates, budgets, formats, (candidates, budget, format) => {
        const found = fitted(candidates, budget, format);
        if (!found) return;
        expect(found.tokens).toBe(words(found.output));
        expect(found.tokens).toBeLessThanOrEqual(budget);
      }),
      { numRuns: 150 },
    );
  });

  test("no line stands there twice, lines are in the file's order, each under the citation that names it", () => {
    fc.assert(
      fc.property(madeCandidates, budgets, (candidates, budget) => {
        const pieces = shownIn(fitted(candidates, budget)?.output ?? "");
        for (const file of new Set(pieces.map((piece) => piece.file))) {
          const own = pieces.filter((piece) => piece.file === file);
          const found = own.flatMap(({ text, from, to }) =>
            [...text.matchAll(/[az]\d+n(\d+)x/g)].map(([word, line]) => ({ word, line: Number(line), from, to })),
          );
          expect(new Set(found.map(({ word }) => word)).size).toBe(found.length);
          expect(found.map(({ line }) => line)).toEqual(found.map(({ line }) => line).toSorted((a, b) => a - b));
          for (const { line, from, to } of found) expect(line >= from && line <= to).toBe(true);
          for (const [i, piece] of own.entries()) if (i > 0) expect(piece.from).toBeGreaterThan(own[i - 1]!.to + 1);
        }
        // Files in one stretch each.
        const order = pieces.map(({ file }) => file).filter((file, i, all) => file !== all[i - 1]);
        expect(new Set(order).size).toBe(order.length);
      }),
      { numRuns: 150 },
    );
  });

  test("hits that are not shown are counted", () => {
    fc.assert(
      fc.property(madeCandidates, budgets, (candidates, budget) => {
        const found = fitted(candidates, budget);
        if (!found || candidates.length === 0) return;
        const shown = new Set(found.view.pieces.flatMap(({ ids, isCut }) => (isCut ? [] : ids)));
        const missing = candidates.filter(({ isHit, record }) => isHit && !shown.has(record.id)).length;
        const told = /^Left out for the budget: (\d+) passage/m.exec(found.output)?.[1] ?? "0";
        expect([Number(told), found.leftOut.length > 0]).toEqual([missing, missing > 0]);
      }),
      { numRuns: 100 },
    );
  });

  test("the tokenizer of the default model is kept to as well", async () => {
    const tokenizer = await openTokenizer(findModel(DEFAULT_MODEL).dir);
    fc.assert(
      fc.property(madeCandidates, budgets, formats, (candidates, budget, format) => {
        const found = fitted(candidates, budget, format, (text) => tokenizer.count(text));
        expect(found === undefined || tokenizer.count(found.output) <= budget).toBe(true);
      }),
      { numRuns: 40 },
    );
  });
});

const hits = passagesOf(0, {
  lines: 9,
  cuts: [
    [0.33, 0],
    [0.66, 0],
  ],
}).map((record, i) => candidate(record, i + 1));

describe("a context", () => {
  test("joins passages that touch, also through one that was not found", () => {
    const [first, middle, last] = hits as [Candidate, Candidate, Candidate];
    const [one] = shownIn(fitted([first, last, { ...middle, rank: 1, isHit: false }], 1000)!.output);
    expect([one!.from, one!.to]).toEqual([1, 9]);
    expect([...one!.text.matchAll(/a0n\d+x/g)].map(([word]) => word)).toEqual(
      Array.from({ length: 9 }, (_, i) => lineWords(0, i + 1)[0]),
    );
    expect(shownIn(fitted([first, last], 1000)!.output)).toHaveLength(2);
  });

  test("shows nothing beside a passage that it has no room for", () => {
    const [first, , last] = hits as [Candidate, Candidate, Candidate];
    const small = candidate({ ...last.record, text: "tiny" }, 2, { isHit: false });
    const large = { ...hits[1]!, record: { ...hits[1]!.record, text: "many words ".repeat(500) } };
    expect(fitted([first, large, small], 200)!.view.pieces.flatMap(({ ids }) => ids)).toEqual([first.record.id]);
  });

  test("shows the header of a table once", () => {
    const [first, , last] = hits as [Candidate, Candidate, Candidate];
    const tableHeader = { line: null, text: "| a |\n| - |" };
    const begins = { ...first, record: { ...first.record, text: `${tableHeader.text}\n| 1 |` } };
    const goesOn = { ...last, tableHeader };
    const headers = (shown: Candidate[]) => fitted(shown, 1000)!.output.split(tableHeader.text).length - 1;
    expect(headers([begins, goesOn])).toBe(1);
    expect(headers([goesOn])).toBe(1);
  });

  test("is the beginning of the best passage where no passage fits whole, and says what is missing of it", () => {
    const { output, leftOut, view } = fitted(hits, 40)!;
    expect(output).toStartWith("## f0.md:1\n```md\na0n1x `some` <words> z0n1x …\n```\n");
    expect(view.pieces[0]!.isCut).toBe(true);
    expect(leftOut).toEqual(["f0.md:2-3", "f0.md:4-9"]);
  });

  test("needs a budget that holds a citation and a word", () => {
    const request = { question: "q", candidates: hits, tokenizer: "words", collections: new Map(), count: words };
    expect(() => fit({ ...request, budget: 9, render: contextFormats.md })).toThrow(
      "a budget of 9 tokens holds no text",
    );
  });

  test("is empty for no hits", () => {
    expect(fitted([], 10)).toMatchObject({ output: "", tokens: 0, leftOut: [] });
  });
});

describe("XML", () => {
  test("reads back as the same text, whatever that holds", () => {
    const nasty = 'a "b" & <c> ]]> \u0000\u000b\ufffe é 😀 </source>\n\tx';
    const record = { ...hits[0]!.record, text: nasty, path: 'd"<&>.md' };
    const { output } = fitted([candidate(record, 1, { scope: [{ line: 3, text: "A<B> & 'C'" }] })], 1000, "xml")!;
    const parser = new SaxesParser();
    const found: { path: string | undefined; scope: string | undefined; text: string }[] = [];
    parser.on("opentag", ({ name, attributes }) => {
      if (name === "source") found.push({ path: attributes.path, scope: attributes.scope, text: "" });
    });
    parser.on("text", (text) => {
      if (found[0] && found[0].text === "") found[0].text = text;
    });
    parser.on("error", (error) => {
      throw error;
    });
    parser.write(output).close();
    const wanted = nasty.replaceAll(/[\u0000\u000b\ufffe]/g, "\ufffd");
    expect(found).toEqual([{ path: 'd"<&>.md', scope: "A<B> & 'C' (line 3)", text: `\n${wanted}\n` }]);
  });
});

describe("JSON", () => {
  test("has the sources with their places, and what was left out", () => {
    const { output } = fitted(hits, 185, "json")!;
    const { sources, left_out, ...rest } = JSON.parse(output);
    expect(rest).toEqual({ question: "a <question>", budget: 185, tokenizer: "words", collections: {} });
    expect(sources).toHaveLength(1);
    expect(sources[0]).toMatchObject({ cite: "f0.md:1-3", path: "f0.md", startLine: 1, endLine: 3, rank: 1 });
    expect(left_out).toEqual({ count: 2, places: ["f0.md:4-9"], more: 0 });
  });
});
