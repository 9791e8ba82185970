/** Generators of text that is hard to cut: scripts, clusters, giant words, odd whitespace, half-finished markup. */
import fc from "fast-check";

const words = [
  "pump",
  "Valve",
  "the",
  "of",
  "temperature",
  "e.g.",
  "Dr.",
  "3.14",
  "naïve",
  "Größe",
  "co-operate",
  "x",
  "https://example.org/a/b?c=d",
  "snake_case_name",
  "日本語の文章です。",
  "测试。下一句！",
  "한국어 문장",
  "مرحبا",
  "👩‍👩‍👧‍👦",
  "🇩🇪🇫🇷",
  "e\u0301\u0302",
  "zero\u200bwidth",
  "I",
  "etc.",
  "\u0000",
  "\u000c",
  "\ufeff",
  "…",
  "A.",
  "No.",
]; // prettier-ignore

const gaps = [
  " ",
  " ",
  " ",
  " ",
  "\n",
  "\n\n",
  ". ",
  "! ",
  "? ",
  ".\n",
  ".\n\n",
  "  ",
  "\t",
  "\u00a0",
  "\u3000",
  "。",
  ", ",
  ": ",
  "\n    ",
  "\n \n",
];

const giant = fc.oneof(
  fc.record({ unit: fc.constantFrom("a", "0", "=", "é", "字", "👍🏽", "n\u0303", "\u0301", "ab"), times: fc.nat(600) }),
  fc.record({ unit: fc.constantFrom(" ", "\n", "\t", "\u0001", "\u200b", ". "), times: fc.nat(600) }),
);

/** Prose and worse, mostly short, at times several thousand characters. */
export const nastyText = fc
  .array(
    fc.oneof(
      {
        weight: 30,
        arbitrary: fc.tuple(fc.constantFrom(...words), fc.constantFrom(...gaps)).map((pair) => pair.join("")),
      },
      { weight: 1, arbitrary: giant.map(({ unit, times }) => unit.repeat(times)) },
      { weight: 1, arbitrary: fc.string({ unit: "grapheme", maxLength: 20 }) },
      { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 10 }) },
    ),
    { maxLength: 400, size: "max" },
  )
  .map((parts) => parts.join("").toWellFormed());

const word = fc.constantFrom("pump", "valve", "sensor", "night", "Reading", "level", "flow", "Hut", "42", "storm");
const line = fc.array(word, { minLength: 1, maxLength: 14 }).map((parts) => parts.join(" "));
const sentence = line.map((text) => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`);
const paragraph = fc.array(sentence, { minLength: 1, maxLength: 8 }).map((parts) => parts.join(" "));
const rows = (columns: number) =>
  fc.array(word, { minLength: columns, maxLength: columns }).map((cells) => `| ${cells.join(" | ")} |`);

const block = fc.oneof(
  { weight: 4, arbitrary: paragraph },
  {
    weight: 2,
    arbitrary: fc.tuple(fc.integer({ min: 1, max: 6 }), line).map(([level, text]) => `${"#".repeat(level)} ${text}`),
  },
  { weight: 1, arbitrary: fc.tuple(line, fc.constantFrom("===", "---")).map((parts) => parts.join("\n")) },
  {
    weight: 1,
    arbitrary: fc
      .array(sentence, { minLength: 1, maxLength: 12 })
      .map((items) => items.map((item) => `- ${item}`).join("\n")),
  },
  {
    weight: 1,
    arbitrary: fc
      .array(fc.tuple(sentence, sentence), { minLength: 1, maxLength: 6 })
      .map((items) =>
        items.map(([outer, inner], index) => `${index + 1}. ${outer}\n\n   - ${inner}\n   - ${inner}`).join("\n"),
      ),
  },
  {
    weight: 1,
    arbitrary: fc
      .integer({ min: 1, max: 4 })
      .chain((columns) =>
        fc
          .array(rows(columns), { minLength: 1, maxLength: 20 })
          .map(([head, ...rest]) => [head, `|${" --- |".repeat(columns)}`, ...rest].join("\n")),
      ),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(
        fc.constantFrom("```", "~~~", "````"),
        fc.array(fc.oneof(line, fc.constantFrom("", "# no heading", "- x")), { maxLength: 20 }),
      )
      .map(([fence, lines]) => [fence, ...lines, fence].join("\n")),
  },
  {
    weight: 1,
    arbitrary: fc
      .array(sentence, { minLength: 1, maxLength: 3 })
      .map((lines) => lines.map((text) => `> ${text}`).join("\n")),
  },
  { weight: 1, arbitrary: line.map((text) => `<div>\n${text}\n</div>`) },
  { weight: 1, arbitrary: fc.constantFrom("---", "***", "    indented code\n    more of it") },
);

/** Markdown of well-formed blocks with a blank line between them. */
export const markdownText = fc.array(block, { maxLength: 25, size: "max" }).map((blocks) => `${blocks.join("\n\n")}\n`);

const pieceOfMarkup = fc.constantFrom(
  "# ",
  "## a\n",
  "\n",
  "\n\n",
  "- ",
  "  - ",
  "1. ",
  "> ",
  "```\n",
  "~~~",
  "| a | b |\n",
  "|---|---|\n",
  "===\n",
  "---\n",
  "    ",
  "\t",
  "text ",
  "<div>\n",
  "<!-- ",
  "-->",
  "</pre>",
  "*",
  "`",
  "[x](y)",
  "\\",
  "#",
  "word. ",
  "日本。",
  "|",
); // prettier-ignore

/** Markdown's marks in any order. */
export const brokenMarkdown = fc.array(pieceOfMarkup, { maxLength: 200, size: "max" }).map((parts) => parts.join(""));
