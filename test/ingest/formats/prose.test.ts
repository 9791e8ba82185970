/** Goal: notebooks, Org, TeX, subtitles, AsciiDoc, configuration and logs give the text that a person reads in them. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { IngestSettings } from "../../../src/ingest/config.ts";
import { FORMAT_FIXTURES } from "../../contracts/format.ts";
import { readFile } from "../../support/read.ts";

let dir = "";
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "mdp-prose-"));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const fixture = async (path: string) => (await readFile(join(FORMAT_FIXTURES, path))).documents[0]!;

async function read(name: string, content: string, settings: Partial<IngestSettings> = {}) {
  await writeFile(join(dir, name), content);
  return readFile(join(dir, name), settings);
}

describe("notebooks", () => {
  test("have their text, code in fences of the kernel's language, and printed output, on their lines of the file", async () => {
    const document = await fixture("ipynb/tide.ipynb");
    expect(document.text).toBe(
      "# Heights of the tide\n\nMeans are formed *per month*.\n\n```python\nheights = [512, 463]\n\nfor h in heights:\n    total = sum(heights)\nprint('mean:', total / 2)\n```\n\n```\nmean: 487.5\n<Figure size 640x480>\n```\n\nA note about \"quotes\".",
    );
    expect(document).toMatchObject({ title: "Heights of the tide", metadata: { language: "python", cells: 3 } });
  });

  test("keep only the beginning of a long output, and the message of an error", async () => {
    const outputs = [
      { output_type: "stream", text: Array.from({ length: 500 }, (_, n) => `row ${n}\n`) },
      { output_type: "error", ename: "ValueError", evalue: "no such gauge", traceback: ["x"] },
    ];
    const cell = (list: object[]) => JSON.stringify({ cells: [{ cell_type: "code", source: "run()", outputs: list }] });
    const long = (await read("a.ipynb", cell(outputs))).documents[0]!.text;
    expect(long).toContain("row 19\n…");
    expect(long).not.toContain("row 20");
    expect((await read("b.ipynb", cell(outputs.slice(1)))).documents[0]!.text).toContain("ValueError: no such gauge");
  });

  test("that are damaged are refused by name", async () => {
    expect((await read("c.ipynb", '{"cells": [')).rejects).toMatchObject([{ code: "notebook-not-json" }]);
  });
});

describe("org", () => {
  test("headlines, blocks and links become Markdown; drawers, settings and comments go", async () => {
    expect((await fixture("org/notes.org")).text).toBe(
      "# Gauges\n\nThe gauge stands on the longest pier.\n\n## Clean the `float`\n\n- scrape it\n- rinse it\n\n```python\ndef height(mean):\n    return mean  # centimetres\n```\n\n| Month | Mean |\n|-------|------|\n| May   |  475 |",
    );
    expect(await fixture("org/notes.org")).toMatchObject({ title: "Notes of a keeper", lang: "en" });
  });
});

describe("tex", () => {
  test("sections, lists, tables and listings become Markdown, formulas stay, comments go", async () => {
    expect((await fixture("tex/paper.tex")).text).toBe(
      "# Causes\n\nThe moon pulls with $F = G\\frac{m}{r^2}$, as [newton] says; 5% of it is the sun's.\n\n## Two pulls\n\n- the moon\n- the sun — more weakly\n\nh(t) = A \\cos(\\omega t)\n\n| Harbour | Range |\n| --- | --- |\n| Crail | 491 |\n\n```\nheight % not a comment\n```",
    );
    expect(await fixture("tex/paper.tex")).toMatchObject({
      title: "On the Neap Tide",
      metadata: { author: "Ann Keeper" },
    });
  });

  test("accents become letters, and a heading may go on over lines", async () => {
    const { documents } = await read(
      "d.tex",
      '\\section{A long\ntitle}\nCaf\\\'e na\\"{\\i}ve M\\"uller \\ss{} 100\\%\n',
    );
    expect(documents[0]!.text).toStartWith("# A long title\n\nCafé");
    expect(documents[0]!.text).toContain("Müller ß");
  });

  test("items of a list may stand in one line", async () => {
    const list = "\\begin{itemize}\\item the moon\\item[sun] more weakly\n  which rises \\item wind\n\\end{itemize}\n";
    const { documents } = await read("list.tex", `\\section{Pulls}\nThey are many.\n${list}`);
    expect(documents[0]!.text).toBe(
      "# Pulls\n\nThey are many.\n\n- the moon\n- sun: more weakly\n  which rises\n- wind",
    );
  });
});

describe("subtitles", () => {
  test("cues become sentences, and a silence begins a paragraph with its time", async () => {
    const document = await fixture("subtitles/talk.srt");
    expect(document.text).toBe(
      "[00:00:01] The tide follows the moon. It is never late.\n\n[00:00:15] Now for the gauge.",
    );
    expect(document.segments.map(({ line }) => line)).toEqual([2, 3, 7, 8, 11, 12]);
    expect((await fixture("subtitles/talk.vtt")).text).toBe("[00:00:01] Ann: The tide follows the moon.");
  });
});

describe("asciidoc", () => {
  test("is known by its marks in a file named as text, and reStructuredText and prose are not taken for it", async () => {
    expect(await fixture("asciidoc/git-tide.txt")).toMatchObject({ kind: "asciidoc", title: "git-tide(1)" });
    expect((await fixture("asciidoc/guide.adoc")).title).toBe("Keeping a tide gauge");
    const rst = "Title\n=====\n\n.. note::\n   NOTE: see::\n\n     x\n\n:field: a\n";
    expect((await read("e.txt", rst)).documents[0]!.kind).toBe("text");
  });
});

describe("logs", () => {
  test("of several sizes are known by their times, prose with a time is not", async () => {
    expect((await fixture("log/daemon.txt")).kind).toBe("log");
    const prose = "We met.\n\nOn the day after, at\n10:00:00 sharp, it rained.\nNobody came.\n";
    expect((await read("f.log", prose)).documents[0]!.kind).toBe("text");
  });

  test("longer than a part are cut between entries, with their lines", async () => {
    const entry = (n: number) => `2026-03-01 06:00:00 INFO entry ${n}\n  detail ${n}\n`;
    const log = Array.from({ length: 40_000 }, (_, n) => entry(n)).join("");
    const { documents } = await read("g.log", log);
    expect(documents.length).toBeGreaterThan(2);
    const source = log.split("\n");
    for (const { text, segments } of documents) {
      expect(text).toMatch(/^2026-03-01 06:00:00 INFO entry/);
      expect(text.split("\n")[0]).toBe(source[segments[0]!.line - 1]!);
    }
    expect(documents.map(({ text }) => text).join("\n")).toBe(log.trimEnd());
    expect(documents[0]!.metadata).toMatchObject({ first_time: "2026-03-01T06:00:00.000Z" });
  });
});

test("configuration is named by what it says of itself", async () => {
  expect((await fixture("yaml/station.yaml")).title).toBe("Crail pier");
  expect((await fixture("toml/station.toml")).title).toBe("Crail pier");
});
