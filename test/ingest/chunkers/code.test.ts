/** Goal: code is cut where its readers would cut it, nothing is lost, and no text takes unbounded time or memory. */
import { describe, expect, test } from "bun:test";
import type { Chunk } from "../../../src/core/document.ts";
import type { Chunker } from "../../../src/ingest/chunkers/chunker.ts";
import code from "../../../src/ingest/chunkers/code.ts";
import { passageOf } from "../../../src/ingest/chunkers/passage.ts";
import { windowEnds } from "../../../src/ingest/chunkers/shared/code/windows.ts";
import { describeChunker } from "../../contracts/chunker.ts";
import { expectPartition, sourceOf } from "../../support/code-tables.ts";
import { pieces } from "../../support/token-counters.ts";

/** The chunker with every document taken for code of one language: texts of the contract are no code at all. */
const reading = (lang: string | null): Chunker => ({
  name: `code (${lang})`,
  chunk: (document, options) => code.chunk({ ...document, lang }, options),
});

describeChunker(reading("python"), ["code"]);

function chunksOf(text: string, lang: string | null, maxTokens: number): Chunk[] {
  const chunks = [...code.chunk(sourceOf(text, lang), { tokens: pieces, maxTokens, overlapTokens: 30 })];
  expectPartition(text, chunks, maxTokens);
  return chunks;
}

const texts = (chunks: Chunk[]) => chunks.map(({ text }) => text.trim());
const statements = (count: number, indent = "") =>
  Array.from({ length: count }, (_, n) => `${indent}total = total + step_${n}\n`).join("");
const method = (name: string, count: number) => `    def ${name}(self):\n${statements(count, "        ")}\n`;

describe("definitions", () => {
  test("that fit together share a chunk, in as few chunks as they fill", () => {
    const source = Array.from({ length: 6 }, (_, n) => `def part_${n}():\n    return ${n}\n\n\n`).join("");
    const chunks = chunksOf(source, "python", 40);
    expect(chunks.length).toBeLessThanOrEqual(3);
    for (const chunk of chunks) expect(chunk.text.startsWith("def ")).toBe(true);
  });

  test("are whole where they fit, though it takes one chunk more", () => {
    const source = ["a", "b", "c"].map((name) => `def ${name}():\n${statements(7, "    ")}\n\n`).join("");
    expect(chunksOf(source, "python", 80).map(({ fields }) => fields?.qualified_name)).toEqual(["a", "b", "c"]);
  });

  test("that do not fit are cut by their members, with the headers around each as its headings", () => {
    const source = `class Shelf(Base):\n    """Holds."""\n\n${method("add", 8)}${method("take", 8)}`;
    const chunks = chunksOf(source, "python", 90);
    expect(chunks.map(({ headings }) => headings)).toEqual([[], ["class Shelf(Base)"], ["class Shelf(Base)"]]);
    expect(chunks.map(({ fields }) => [fields?.symbol_kind, fields?.parent_scope, fields?.qualified_name])).toEqual([
      ["class", "", "Shelf"],
      ["method", "Shelf", "Shelf.add"],
      ["method", "Shelf", "Shelf.take"],
    ]);
    expect(passageOf(sourceOf(source, "python"), chunks[1]!, pieces, 40).text).toContain(
      "class Shelf(Base)\n\ndef add(self):\n",
    );
  });

  test("that are longer than a chunk keep their name as the scope of what follows", () => {
    const chunks = chunksOf(`def long(a, b):\n${statements(40, "    ")}`, "python", 80);
    expect(chunks.length).toBeGreaterThan(3);
    expect(chunks[0]!.fields).toMatchObject({ qualified_name: "long", signature: "def long(a, b)", parent_scope: "" });
    for (const { headings, fields } of chunks.slice(1)) {
      expect(headings).toEqual(["def long(a, b)"]);
      expect(fields).toMatchObject({ symbol_kind: "function", parent_scope: "long", qualified_name: "" });
    }
  });

  test("do not leave their header alone when the body is one long statement", () => {
    const source = `def choose(value):\n    if value:\n${statements(12, "        ")}    else:\n${statements(3, "        ")}`;
    for (const chunk of chunksOf(source, "python", 110)) expect(chunk.tokens).toBeGreaterThan(20);
  });

  test("share their chunk's fields: every header, and a name only where there is one", () => {
    const [chunk] = chunksOf("LIMIT = 1\n\ndef one(): pass\n\ndef two(): pass\n", "python", 100);
    expect(chunk!.fields).toMatchObject({
      qualified_name: "",
      signature: "def one()\ndef two()",
      symbol_kind: "function",
    });
    const [single] = chunksOf("LIMIT = 1\n\ndef one(): pass\n", "python", 100);
    expect(single!.fields).toMatchObject({ qualified_name: "one", symbol_kind: "function" });
  });

  test("of several kinds are a part of the module, also where imports stand beside them", () => {
    const kinds = (source: string) => chunksOf(source, "python", 100).map(({ fields }) => fields?.symbol_kind);
    expect(kinds("import os\n\ndef one(): pass\n\nclass Two: pass\n")).toEqual(["module"]);
    expect(kinds("import os\nfrom re import sub\n")).toEqual(["imports"]);
  });
});

describe("what belongs to a definition stays with it:", () => {
  const apart = (lang: string, source: string) => {
    const filler = `${lang === "python" ? "#" : "//"} words that fill a line\n`.repeat(9);
    return texts(chunksOf(`${filler}\n${source}`, lang, 80)).at(-1);
  };

  test.each([
    ["python", "# Why.\n# More.\n@decorated(1)\n@again\ndef f():\n    # In it.\n    return 1  # After."],
    ["java", "/** Doc. */\n@Deprecated\n// Note.\nclass A {\n    int a; // Unit.\n}"],
    ["rust", "/// Doc.\n#[derive(Debug)]\n#[serde(default)]\nstruct A {\n    a: u8, // Unit.\n}"],
    ["typescript", "/** Doc. */\n@sealed\nexport class A {\n  a = 1; // Unit.\n}"],
    ["csharp", "/// <summary>Doc.</summary>\n[Serializable]\nclass A\n{\n    int a; // Unit.\n}"],
    ["cpp", "// Doc.\ntemplate <typename T>\nclass A {\n  T a;  // Unit.\n};  // class A"],
    ["go", "// A holds.\n//\n// More.\ntype A struct {\n\ta int // Unit.\n}"],
  ])("in %s", (lang, source) => {
    expect(apart(lang, source)).toBe(source);
  });

  test("and where that is too long, its documentation says what it is of", () => {
    const source = `class A {\n${"    // Words about adding.\n".repeat(30)}    int add(int a) {\n        return a;\n    }\n}\n`;
    const [first, second] = chunksOf(source, "java", 80).slice(1);
    for (const chunk of [first!, second!]) {
      expect(chunk.text).toStartWith("    // Words");
      expect(chunk.headings).toEqual(["class A", "int add(int a)"]);
      expect(chunk.fields).toMatchObject({ parent_scope: "A.add", qualified_name: "", symbol_kind: "method" });
    }
  });

  test("but not a comment with a blank line after it", () => {
    const source = `# Licence.\n# ${"word ".repeat(30)}\n\ndef f():\n${statements(6, "    ")}`;
    const chunks = chunksOf(source, "python", 75);
    expect(chunks.map(({ fields }) => fields?.qualified_name)).toEqual(["", "f"]);
  });
});

describe("broken code", () => {
  test("loses nothing, and what can be read keeps its names", () => {
    const source = `def good():\n    return 1\n\ndef broken(:\n    return 1\n\n${statements(30)}\ndef later():\n    return 2\n`;
    const names = chunksOf(source, "python", 40).flatMap(({ fields }) => String(fields?.signature).split("\n"));
    expect(names).toContain("def good()");
    expect(names).toContain("def later()");
  });

  test("of another language is cut by its lines", () => {
    const source = "The quick brown fox (and more).\n".repeat(100);
    for (const { text } of chunksOf(source, "java", 60)) expect(text.endsWith("\n")).toBe(true);
  });
});

describe("files without a grammar", () => {
  test("are cut at blank lines, without overlap and without fields", () => {
    const source = Array.from({ length: 9 }, (_, n) => `[part.${n}]\nkey = "value"\nother = 1\n\n`).join("");
    const chunks = chunksOf(source, "toml", 40);
    for (const { text, fields } of chunks) expect([text.startsWith("[part."), fields]).toEqual([true, undefined]);
  });
});

describe("hostile text", () => {
  const noise = (length: number) => {
    let state = 1;
    const next = () => {
      state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
      return String.fromCharCode(32 + ((state >> 16) % 95));
    };
    return Array.from({ length }, next).join("");
  };

  // Each is cut completely; a chunker that recursed, or parsed without a limit, would overflow or not come back.
  test.each([
    ["100,000 nested parentheses", "python", `x = ${"(".repeat(100_000)}${")".repeat(100_000)}`],
    ["100,000 open braces", "javascript", "{".repeat(100_000)],
    ["20,000 open templates", "cpp", "a<".repeat(20_000)],
    ["nested conditions without an end", "c", "if (a) {\n".repeat(10_000)],
    [
      "a chain of 10,000 alternatives",
      "java",
      `class A { void f() { if (a) {}\n${"else if (b) {}\n".repeat(10_000)}}}`,
    ],
    ["500 nested classes", "python", Array.from({ length: 500 }, (_, n) => `${" ".repeat(n)}class A${n}:\n`).join("")],
    ["open strings", "python", 'f"{'.repeat(10_000)],
    ["open here-documents", "shell", "cat <<A\n".repeat(10_000)],
    ["100,000 calls in a row", "javascript", `a${".b()".repeat(100_000)}`],
    ["a list of 100,000 numbers on one line", "c", `int a[] = {${"0x12, ".repeat(100_000)}};`],
    ["a name of a million letters", "javascript", "a".repeat(1_000_000)],
    ["random characters that Swift's grammar scans again and again", "swift", noise(30_000)],
    ["random characters", "scala", noise(30_000)],
    ["NUL characters", "c", "int a;\0\0\n".repeat(1_000)],
  ])("%s", (_, lang, source) => {
    expect(chunksOf(source, lang, 200).length).toBeGreaterThan(0);
  });

  test("on one line is cut between its statements", () => {
    const source = Array.from({ length: 400 }, (_, n) => `call_${n}(a,b);`).join("");
    for (const { text } of chunksOf(source, "javascript", 60)) expect(text).toMatch(/^call_\d+\(.*\);$/);
  });
});

describe("long files", () => {
  const part = (n: number) => `def part_${n}():\n    a = ${n}\n\n    return a\n\n`;

  test("are parsed in windows that end before a line that is not indented", () => {
    const text = Array.from({ length: 200 }, (_, n) => part(n)).join("");
    const ends = windowEnds(text, 1_000);
    expect(ends.at(-1)).toBe(text.length);
    expect(ends.length).toBeGreaterThan(text.length / 1_000);
    for (const end of ends.slice(0, -1)) expect(text.slice(end, end + 4)).toBe("def ");
  });

  test("without lines are parted between code points", () => {
    const text = "\u{1f40d}".repeat(500);
    for (const end of windowEnds(text, 101)) expect(text.slice(end).isWellFormed()).toBe(true);
  });

  test("of 2,500,000 characters name the last definition as well as the first, and know the imports above", () => {
    const text = `import os\n\n${Array.from({ length: 50_000 }, (_, n) => part(n)).join("")}`;
    const chunks = chunksOf(text, "python", 200);
    expect(chunks[0]!.fields?.signature).toStartWith("def part_0()\n");
    expect(chunks.at(-1)!.fields).toMatchObject({ imports: ["os"] });
    expect(String(chunks.at(-1)!.fields?.signature)).toEndWith("def part_49999()");
  });
});

describe("macros that a grammar takes for types", () => {
  test.each([
    [
      "cpp",
      "class SHELF_EXPORT Shelf final : public Base {\npublic:\n  int size() const;\n};",
      "class SHELF_EXPORT Shelf final : public Base",
    ],
    ["cpp", "struct A {\n  NODISCARD\n  bool empty(int a) const { return true; }\n};", "struct A"],
    ["c", "static int __init shelf_init(void)\n{\n\treturn 0;\n}", "static int __init shelf_init(void)"],
    ["c", "__printf(1, 2) void say(const char *format, ...)\n{\n}", "__printf(1, 2) void say(const char *format, ...)"],
  ])("do not hide the definitions of %s: %s", (lang, source, signature) => {
    const [chunk] = chunksOf(source, lang, 100);
    expect(chunk!.fields?.signature).toContain(signature.replace(/^__printf\(1, 2\) /, ""));
    expect(chunk!.fields?.qualified_name).not.toBe("");
  });
});
