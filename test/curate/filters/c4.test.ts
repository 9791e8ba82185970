/** What the variants of C4 keep of a text, line by line. */
import { describe, expect, test } from "bun:test";
import * as v from "valibot";
import { CurateSettings } from "../../../src/curate/config.ts";
import { filters } from "../../../src/curate/filters/index.ts";
import { curatedOf } from "../../support/curated.ts";

const good = ["One good line here.", "Is this another one?", "It really is!", "He said “no”.", "That was the end."];

async function run(name: string, lines: readonly string[], thresholds: string[] = []) {
  const step = await (await filters.load(name))(v.parse(CurateSettings, { thresholds }));
  const item = curatedOf(lines.join("\n"));
  const drop = step.apply(item);
  return { drop, text: item.text, score: (measure: string) => item.scores[`${name}.${measure}`] };
}

describe("c4-quality@datatrove", () => {
  test.each([
    ["a line without an end mark", "This one does not end"],
    ["a line that ends in dots", "This one goes on..."],
    ["a line of two words", "Too short."],
    ["a line that asks for JavaScript", "Please enable JavaScript to go on."],
    ["a line about cookies", "Our site uses cookies for that."],
    ["a line with a giant word", `This is ${"x".repeat(1001)} indeed.`],
    ["an empty line", ""],
  ])("takes %s out", async (_, line) => {
    const { text, drop } = await run("c4-quality@datatrove", [...good.slice(0, 2), line, ...good.slice(2)]);
    expect(drop).toBeUndefined();
    expect(text).toBe(good.join("\n"));
  });

  test("takes citations out of a line, then looks at its end, but counts words as they were", async () => {
    const lines = [
      "It was built in 1911.[1][23]",
      "History is long.[edit]",
      "So they say.[citation needed]",
      "Yes sir [1].",
    ];
    const { text } = await run("c4-quality@datatrove", [...good, ...lines]);
    expect(text).toBe([...good, "It was built in 1911.", "History is long.", "So they say.", "Yes sir ."].join("\n"));
  });

  test("takes spaces off both ends of lines", async () => {
    const { text } = await run("c4-quality@datatrove", [...good, "  \tWith spaces all around. \u00a0"]);
    expect(text).toBe([...good, "With spaces all around."].join("\n"));
  });

  test.each([
    ["lorem-ipsum", "Here comes Lorem Ipsum again."],
    ["curly-bracket", "Here is { a bracket."],
  ])("drops a text for %s in a line that would stay", async (reason, line) => {
    const { drop, text } = await run("c4-quality@datatrove", [...good, line]);
    expect(drop?.reason).toBe(reason);
    expect(text).toBe([...good, line].join("\n"));
  });

  test("names what comes first when a text has both", async () => {
    const [lorem, curly] = ["Here comes lorem ipsum again.", "Here is { a bracket."];
    expect((await run("c4-quality@datatrove", [...good, lorem, curly])).drop?.reason).toBe("lorem-ipsum");
    expect((await run("c4-quality@datatrove", [...good, curly, lorem])).drop?.reason).toBe("curly-bracket");
  });

  test("leaves a bracket alone in a line that goes anyway", async () => {
    const { drop } = await run("c4-quality@datatrove", [...good, "no end {"]);
    expect(drop).toBeUndefined();
  });

  test("drops a text of fewer than five sentences, and changes nothing of it", async () => {
    const lines = [...good.slice(0, 3), "no mark at the end of this"];
    const { drop, text, score } = await run("c4-quality@datatrove", lines);
    expect(drop).toEqual({ step: "c4-quality@datatrove", reason: "too-few-sentences", score: 3, limit: 5 });
    expect(text).toBe(lines.join("\n"));
    expect([score("lines"), score("keptLines"), score("linesNoEndMark")]).toEqual([4, 3, 1]);
  });

  test("has limits that can be changed", async () => {
    const step = "c4-quality@datatrove";
    expect((await run(step, good.slice(0, 3), [`${step}.minSentences=3`])).drop).toBeUndefined();
    expect((await run(step, [...good, "{ all of this }."], [`${step}.maxCurlyBrackets=1`])).drop).toBeUndefined();
    expect((await run(step, [...good, "No end mark here"], [`${step}.requireEndMark=0`])).text).toContain(
      "No end mark",
    );
  });
});

describe("the variants", () => {
  test("of FineWeb keep lines without an end mark", async () => {
    const { text } = await run("c4-quality@fineweb", [...good, "This one does not end"]);
    expect(text).toBe([...good, "This one does not end"].join("\n"));
  });

  test("of TFDS ask for five words a line and three sentences, count words without citations, and no single quote", async () => {
    const long = ["This line has five words.", "And this one has six words.", "Here are five words too!"];
    const dropped = ["Four words are few.", "Five words, with citation [1].", "It ends in 'a single quote'"];
    const { text, drop } = await run("c4-quality@tfds", [...long, ...dropped]);
    expect(drop).toBeUndefined();
    expect(text).toBe([...long, "Five words, with citation ."].join("\n"));
    expect((await run("c4-quality@tfds", long.slice(0, 2))).drop?.limit).toBe(3);
  });
});
