/** Markdown, HTML, XML and reStructuredText: what is kept, what is dropped, and on which line it stood. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readFile } from "../../support/read.ts";

let dir = "";
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "mdp-markup-"));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

/** The single document of a file. */
async function read(name: string, content: string | Uint8Array) {
  await writeFile(join(dir, name), content);
  const { documents, rejects } = await readFile(join(dir, name));
  expect(rejects).toEqual([]);
  expect(documents.length).toBe(1);
  return documents[0]!;
}

describe("markdown", () => {
  test("front matter becomes title, language and metadata, and the lines go on after it", async () => {
    const document = await read(
      "a.md",
      "---\ntitle: T\nlang: de-CH\ntags: [a, b]\nn: 3\nnested: {x: 1}\n---\n# H\n\ntext\n",
    );
    expect(document).toMatchObject({
      title: "T",
      lang: "de",
      text: "# H\n\ntext\n",
      segments: [{ start: 0, line: 8 }],
    });
    expect(document.metadata).toEqual({ tags: ["a", "b"], n: 3, nested: '{"x":1}' });
  });

  test("front matter that is not YAML stays in the text, with a note", async () => {
    const content = "---\ntitle: [x\n---\n# H\n";
    expect(await read("b.md", content)).toMatchObject({
      text: content,
      title: "H",
      metadata: { note: expect.stringContaining("not YAML") },
    });
  });

  test("a thematic break is no front matter", async () => {
    const content = "---\nprose between rules\n---\nmore\n";
    expect((await read("c.md", content)).text).toBe(content);
    expect((await read("d.md", "---\nnever closed\n")).text).toBe("---\nnever closed\n");
  });

  test("the title is the first heading outside fences, without its marks", async () => {
    expect((await read("e.md", "```sh\n# comment\n```\n\n## Two\n\n# A [link](x) and `code` #\n")).title).toBe(
      "A link and code",
    );
    expect((await read("f.md", "Under\n=====\n")).title).toBe("Under");
    expect((await read("g.md", "no heading\n")).title).toBe("g.md");
  });
});

describe("html", () => {
  const body = async (html: string) => (await read("x.html", `<!doctype html><body>${html}`)).text;

  test("headings, paragraphs and lists become Markdown", async () => {
    expect(await body("<h2>A <em>b</em></h2><p>c\n  d</p>e<br>f")).toBe("## A b\n\nc d\n\ne\nf");
    expect(await body("<ul><li>a<li>b<ol start=2><li>c<p>d</ol></ul>")).toBe("- a\n- b\n  2. c\n     d");
    expect(await body("<blockquote>a<p>b</blockquote>")).toBe("> a\n\n> b");
  });

  test("pre keeps its white space and language in a fence", async () => {
    expect(await body('<pre><code class="language-js">\nif (a) {\n  b();\n}\n</code></pre>')).toBe(
      "```js\n\nif (a) {\n  b();\n}\n```",
    );
    expect(await body("<pre>\na\n\n  b</pre>")).toBe("```\na\n\n  b\n```");
    expect(await body("<pre>```\n</pre>")).toBe("````\n```\n````");
  });

  test("tables become rows; tables that hold blocks become blocks", async () => {
    expect(await body("<table><caption>C<tr><th>a<th>b<tr><td>1|2<td><p>3</table>")).toBe(
      "C\n\n| a | b |\n| --- | --- |\n| 1\\|2 | 3 |",
    );
    expect(await body("<table><tr><td><h1>T</h1><td><table><tr><td>in</table></table>")).toBe("# T\n\n| in |\n| --- |");
  });

  test("scripts, styles, navigation, hidden parts and heading links are dropped", async () => {
    const html = `<nav>n</nav><script>s</script><style>t</style><h1>a<a class=headerlink>¶</a></h1><p hidden>h</p>
      <span aria-hidden=true>i</span><noscript>j</noscript><svg><title>k</title></svg><footer>f</footer>`;
    expect(await body(html)).toBe("# a");
  });

  test("the main element or a single article is taken when there is one", async () => {
    expect(await body("<p>before</p><main>content</main><p>after</p>")).toBe("content");
    expect(await body("<p>before</p><article>content</article>")).toBe("content");
    expect(await body("<article>one</article><article>two</article>")).toBe("one\n\ntwo");
    expect(await body("<p>text</p><main></main>")).toBe("text");
  });

  test("a page that is only navigation is read all the same", async () => {
    expect(await body("<nav><a>Home</a> <a>About</a></nav>")).toBe("Home About");
  });

  test("rows of steps to other pages and side bars are dropped and counted, titles and prose about them stay", async () => {
    const page = `<title>9.27. System Functions</title><div class="navheader"><table><tr><th colspan=5>9.27. System
      Functions<tr><td><a accesskey=p href=a>Prev</a><td><a href=b>Up</a><th>Chapter 9<td><a href=c>Home</a><td>
      <a href=d>Next</a></table></div><h2>9.27. System Functions</h2><p>See the <a href=a>previous</a> and the
      <a href=d>next</a> section of this chapter before you change any setting.</p>
      <table><tr><td><a href=a>Prev</a><td>Chapter 8<td><a href=d>Next</a></table>
      <p>Next: <a accesskey=n href=d>Using it</a>, Previous: <a accesskey=p href=a>Top</a></p>
      <div id=sphinxsidebar>Quick <a href=x>links</a></div><div class=sidebar>An aside with much to say.</div>`;
    const document = await read("w.html", page);
    expect(document.title).toBe("9.27. System Functions");
    expect(document.text).toBe(
      "## 9.27. System Functions\n\nSee the previous and the next section of this chapter before you change any setting.\n\nAn aside with much to say.",
    );
    expect(document.metadata).toEqual({ navigation_chars: 103 });
  });

  test("what was only guessed to be navigation is kept where it is all that a page has", async () => {
    expect(await body("<div class=navbar>All that this page has is in its bar</div>")).toBe(
      "All that this page has is in its bar",
    );
  });

  test("title and language are the page's own", async () => {
    const html =
      "<html lang=fr-CA><head><title> Le\n titre </title><meta name=description content='Une page'></head><h1>H</h1>";
    expect(await read("y.html", html)).toMatchObject({
      title: "Le titre",
      lang: "fr",
      metadata: { description: "Une page" },
    });
    expect((await read("z.html", "<h1>Only a heading</h1>")).title).toBe("Only a heading");
  });

  test("the encoding that the page names is believed when it is not UTF-8", async () => {
    const page = (charset: string) => `<!doctype html><meta charset=${charset}><p>`;
    const greek = Buffer.concat([
      Buffer.from(page("iso-8859-7")),
      Buffer.from([0xc8, 0xdc, 0xeb, 0xe1, 0xf3, 0xf3, 0xe1]),
    ]);
    expect(await read("greek.html", greek)).toMatchObject({ text: "Θάλασσα", metadata: { encoding: "iso-8859-7" } });
    expect((await read("wrong.html", `${page("iso-8859-7")}Grüße`)).text).toBe("Grüße");
  });

  test("each line of a long paragraph keeps its own line number", async () => {
    const document = await read("l.html", "<!doctype html>\n<body>\n<p>one\ntwo\n\nthree <b>four\nfive</b>");
    expect(document.text).toBe("one two three four five");
    expect(document.segments.map(({ start, line }) => [document.text.slice(start).split(" ")[0], line])).toEqual([
      ["one", 3],
      ["two", 4],
      ["three", 6],
      ["five", 7],
    ]);
  });

  test("nesting of 100,000 levels is read", async () => {
    expect(await body(`${"<div>".repeat(100_000)}deep`)).toBe("deep");
    expect(await body(`${"<ul><li>".repeat(20_000)}deep`)).toContain("deep");
    expect(await body(`${"<table><tr><td>".repeat(5_000)}deep`)).toContain("deep");
  });
});

describe("xml", () => {
  test("short elements are named, sentences stay whole, lines are true", async () => {
    const document = await read(
      "a.xml",
      '<r>\n<title>T</title>\n<v unit="m">5</v>\n<p>a <b>b</b>\nc</p>\n<![CDATA[x < y]]>\n</r>',
    );
    expect(document.title).toBe("T");
    expect(document.text).toBe("title: T\nv unit=m: 5\na b c\nr: x < y");
    expect(document.segments.map((segment) => segment.line)).toEqual([2, 3, 4, 5, 6]);
  });

  test("what is not well formed is kept as text, with a note", async () => {
    const document = await read("b.xml", "<a>\n<b>\n</a>");
    expect(document).toMatchObject({ text: "<a>\n<b>\n</a>", metadata: { note: expect.stringContaining("3:4") } });
  });

  test("entities are not expanded", async () => {
    const bomb = `<!DOCTYPE x [<!ENTITY a "${"z".repeat(1_000)}"><!ENTITY b "${"&a;".repeat(1_000)}">]><x>&b;</x>`;
    expect((await read("c.xml", bomb)).text.length).toBeLessThan(bomb.length + 1);
  });
});

test("the title of reStructuredText is its first section", async () => {
  expect((await read("a.rst", "====\nTop\n====\n\nSub\n---\n")).title).toBe("Top");
  expect((await read("b.rst", ".. comment\n\nTitle here\n~~~~~~~~~~\n")).title).toBe("Title here");
});

test("the title of plain text is its first line that is no comment, without AsciiDoc's mark", async () => {
  expect((await read("t1.txt", "////\n// Please don't remove this comment\n= The Title\n\ntext.\n")).title).toBe(
    "The Title",
  );
  expect((await read("t2.txt", "-*- text -*-\nNews of the project\n\ntext.\n")).title).toBe("News of the project");
  expect((await read("t3.txt", "# Chapter One\n\ntext.\n")).title).toBe("Chapter One");
});
