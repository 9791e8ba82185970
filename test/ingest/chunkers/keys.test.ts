/** Goal: chunks of configuration begin at keys and carry the path of the keys around them. */
import { describe, expect, test } from "bun:test";
import keys from "../../../src/ingest/chunkers/keys.ts";
import { describeChunker } from "../../contracts/chunker.ts";
import { documentOf } from "../../support/documents.ts";
import { pieces } from "../../support/token-counters.ts";

describeChunker(keys, ["yaml", "toml"]);

const found = (text: string, kind: string, maxTokens: number) =>
  [...keys.chunk(documentOf(text, kind), { tokens: pieces, maxTokens, overlapTokens: 0 })].map(
    ({ text, headings }) => [text.trim().split("\n")[0]!.trim(), headings] as const,
  );

describe("chunks of configuration", () => {
  test("a small file is one chunk without a path", () => {
    expect(found("a: 1\nb:\n  c: 2\n", "yaml", 100)).toEqual([["a: 1", []]]);
  });

  test("a chunk inside a structure names the keys around its first line", () => {
    const entry = (n: number) => `    entry${n}:\n      path: /etc/tide/file-number-${n}\n      mode: read only\n`;
    const text = `name: x\nserver:\n  tls:\n${Array.from({ length: 6 }, (_, n) => entry(n)).join("")}`;
    const chunks = found(text, "yaml", 30);
    expect(chunks.length).toBeGreaterThan(3);
    expect(chunks[0]).toEqual(["name: x", []]);
    expect(chunks.slice(1).every(([, path]) => path[0] === "server")).toBe(true);
    expect(chunks.at(-1)![1].slice(0, 2)).toEqual(["server", "tls"]);
  });

  test("items of a list stand under its key even where they are not indented", () => {
    const text = `gauges:\n${Array.from({ length: 8 }, (_, n) => `- id: gauge number ${n}\n  zero: ${n}\n`).join("")}`;
    expect(
      found(text, "yaml", 40)
        .slice(1)
        .every(([first, path]) => first.startsWith("- id") && path[0] === "gauges"),
    ).toBe(true);
  });

  test("keys of TOML stand under their table", () => {
    const rows = Array.from({ length: 10 }, (_, n) => `key_${n} = "a value of some length ${n}"\n`).join("");
    const chunks = found(`title = "x"\n\n[server.tls]\n${rows}`, "toml", 40);
    expect(chunks.at(-1)![1]).toEqual(["server.tls"]);
  });
});
