/** Keys of flow style are found where they stand, whatever their values hold. */
import { describe, expect, test } from "bun:test";
import { parseConfigText } from "../../src/config/file.ts";
import { flowKeys } from "../../src/config/flow-keys.ts";

const found = (text: string) =>
  flowKeys(text, text.indexOf("{"), "top").map(({ path, offset }) => [path, text.slice(offset, offset + 2)]);

describe("flow keys", () => {
  test.each([
    ["{ ab: 1, cd: { ef: 2 }, gh: 3 }", ["top.ab", "top.cd", "top.cd.ef", "top.gh"]],
    ["{ ab: [1, { xx: 1 }, { xx: 2 }], cd: 4 }", ["top.ab", "top.cd"]],
    [`{ ab: "a, cd: {", "ef": 'it''s, gh: }', ij: "\\"kl: " }`, ["top.ab", "top.ef", "top.ij"]],
    ["{ ab: http://host:80/x, cd: c:\\d }", ["top.ab", "top.cd"]],
    ["{ # cd: no\n  ab: 1, # ef: no\n  gh: a#b }", ["top.ab", "top.gh"]],
    ["{ ab, cd: }, { ef: 1 }", ["top.cd"]],
    ["{ ab: two words here, cd: 1 } # ef: 2", ["top.ab", "top.cd"]],
    ["{ ab: { cd: 1", ["top.ab", "top.ab.cd"]],
    ["{}", []],
  ])("of %j are %j", (text, paths) => {
    expect(found(text).map(([path]) => path)).toEqual(paths);
  });

  test("have their offsets", () => {
    expect(found("{ ab: { cd: 1 },\n  ef: 2 }")).toEqual([
      ["top.ab", "ab"],
      ["top.ab.cd", "cd"],
      ["top.ef", "ef"],
    ]);
  });
});

describe("mdp.yaml in flow style", () => {
  test("has lines for its keys, also behind carriage returns", () => {
    const { lines, problems } = parseConfigText(
      "mdp.yaml",
      "search: { k: 5,\r\n  mode: text }\r\nembed:\r\n  dim: 4\r\n",
    );
    expect(problems).toEqual([]);
    expect(Object.fromEntries(lines)).toEqual({
      search: 1,
      "search.k": 1,
      "search.mode": 2,
      embed: 3,
      "embed.dim": 4,
    });
  });

  test.each([
    ["steps: { a: { ingest: x }, a: { ingest: y } }", "steps.a", 1, 1],
    ["steps:\n  a: { ingest: x,\n    ingest: y }", "steps.a.ingest", 2, 3],
    ["search: { k: 1 }\nsearch: { k: 2 }", "search", 1, 2],
  ])("that gives a key twice is refused: %j", (text, key, first, line) => {
    expect(parseConfigText("mdp.yaml", text).problems).toContainEqual({
      key,
      message: `"${key}" is given twice`,
      where: `mdp.yaml:${line}`,
      hint: `it stands first in line ${first}; keep one of them`,
    });
  });
});
