/** Goal: what is found in Python source is what Python's own parser finds, in a sample of its library. */
import { expect, test } from "bun:test";
import { codeLanguages } from "../../../src/ingest/chunkers/languages/index.ts";
import { docstringOf } from "../../../src/ingest/chunkers/shared/code/describe.ts";
import { positionsOf } from "../../../src/ingest/chunkers/shared/positions.ts";
import { withOutline } from "../../support/code-tables.ts";
import { python } from "../../support/peers.ts";

const SCRIPT = "test/parity/python_definitions.py";
/** `MDP_PARITY_FILES` compares more of them. */
const FILES = Number(process.env.MDP_PARITY_FILES ?? 250);

type Row = [name: string, isClass: boolean, line: number, endLine: number, docstring: string];

/** Words of a docstring: what Python cleans of its indentation, and we of more, is not compared. */
const wordsOf = (text: string) => text.split(/\s+/).filter(Boolean);

test(`names, line ranges and docstrings of ${FILES} library files agree with Python's ast`, async () => {
  const paths = await python(SCRIPT, ["--stdlib", String(FILES)], "");
  const peers = await python(SCRIPT, [], paths.map((path) => `${path}\n`).join(""));
  const language = await codeLanguages.load("python");
  let compared = 0;
  for (const [index, path] of paths.entries()) {
    const peer = JSON.parse(peers[index]!) as { definitions: Row[]; imports: string[] } | null;
    if (!peer) continue;
    const text = await Bun.file(path).text();
    const lineAt = positionsOf({ text, segments: [] });
    await withOutline(text, language, ({ definitions }, syntax) => {
      const own = definitions.filter(({ kind }) => /^(class|function|method)$/.test(kind));
      const lines = text.split("\n");
      // Comments at its end belong to a body here, to nothing there.
      const lastLine = (at: number) => {
        let line = lineAt(at).line;
        while (/^\s*(#.*)?$/.test(lines[line - 1]!)) line--;
        return line;
      };
      const place = (name: string, isClass: boolean, from: number, to: number) => `${name} ${isClass} ${from}-${to}`;
      expect([
        path,
        ...own.map(({ qualifiedName, kind, node }) =>
          place(qualifiedName, kind === "class", lineAt(node.startIndex).line, lastLine(node.endIndex - 1)),
        ),
      ]).toEqual([path, ...peer.definitions.map(([name, isClass, from, to]) => place(name, isClass, from, to))]);
      for (const [row, definition] of own.entries()) {
        const docstring = wordsOf(peer.definitions[row]![4]);
        const words = wordsOf(docstringOf(definition, syntax).replace(/…$/, ""));
        // A long one is cut, perhaps in the middle of a word; escapes stay as they are written.
        if (!words.some((word) => word.includes("\\"))) expect(docstring.join(" ")).toStartWith(words.join(" "));
        expect(words.length > 0).toBe(docstring.length > 0);
        compared++;
      }
    });
  }
  expect(compared).toBeGreaterThan(1_000);
});
