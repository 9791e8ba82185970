/** How many words of a question a passage holds, counted by hand. */
import { describe, expect, test } from "bun:test";
import { byCoverage, contentWords, coverage } from "../../src/search/coverage.ts";

const share = (query: string, passage: string) => coverage(contentWords(query), passage);

describe("the words that a question is about", () => {
  test("are those that do not build it, each once, without their commonest endings", () => {
    expect(contentWords("How do I delete the files of a file?")).toEqual(["delet", "fil"]);
    expect(contentWords("running queries parsed classes")).toEqual(["run", "quer", "pars", "class"]);
  });

  test("are the parts of identifiers too, and words without their accents", () => {
    expect(contentWords("where is getUserById_v2 called")).toEqual(["user", "id", "v2", "call"]);
    expect(contentWords("Café Größe")).toEqual(["caf", "groß"]);
    expect(contentWords("Cafe\u0301")).toEqual(["caf"]);
  });

  test("are pairs of characters where words are written without spaces", () => {
    expect(contentWords("機械学習 人")).toEqual(["機械", "械学", "学習", "人"]);
  });

  test("are none in a question of empty words", () => {
    expect(contentWords("what is it about?")).toEqual([]);
  });
});

describe("coverage", () => {
  test("is the share of the words that the passage holds in any form", () => {
    expect(share("delete old branches", "Deletes a branch.")).toBe(2 / 3);
    expect(share("delete old branches", "Deleting the oldest branch")).toBe(1);
    expect(share("query parser errors", "each query; a parse error")).toBe(2 / 3);
  });

  test("counts a word as one however often it stands there", () => {
    expect(share("ship crane", "ship ship ship")).toBe(1 / 2);
  });

  test("is one word at least, since full text has found the passage by one, and all of a single one", () => {
    expect(share("mice geese", "nothing of that")).toBe(1 / 2);
    expect(share("mouse", "mice")).toBe(1);
    expect(share("what is it about", "anything")).toBe(1);
  });

  test("takes the beginning of a word for it only where little follows", () => {
    expect(share("log table", "a table of logs")).toBe(1);
    expect(share("log table", "a table of logarithms")).toBe(1 / 2);
    expect(share("log table", "a table in the catalog")).toBe(1 / 2);
  });

  test("finds the parts of identifiers", () => {
    expect(share("user address", "call getUserAddress()")).toBe(1);
    expect(share("user address", "select user_address")).toBe(1);
    expect(share("http server", "class HTTPServer")).toBe(1);
    expect(share("user address", "superuser readdress")).toBe(1 / 2);
  });

  test("takes no notice of accents, nor of how they are written", () => {
    expect(share("cafe naive", "Café naïve")).toBe(1);
    expect(share("café naïve", "Cafe\u0301 nai\u0308ve")).toBe(1);
    expect(share("İstanbul fetchRow", "istanbul, FetchRows")).toBe(1);
  });

  test("looks for pairs of characters inside runs without spaces", () => {
    expect(share("機械学習", "この機械は学習する")).toBe(2 / 3);
    expect(share("형태소 분석기를", "한국어 형태소 분석기를 만든다")).toBe(1);
  });
});

describe("the rows of the text leg", () => {
  test("have their scores times the coverage, in that order, equal ones by id", () => {
    const rows = [
      { id: "a", score: 9, passage: "crane" },
      { id: "c", score: 4, passage: "ship and crane by the quay" },
      { id: "b", score: 4, passage: "ship, crane, quay" },
    ];
    expect(byCoverage("ship crane quay", rows)).toEqual([
      { id: "b", score: 4, coverage: 1, evidence: 4, passage: "ship, crane, quay" },
      { id: "c", score: 4, coverage: 1, evidence: 4, passage: "ship and crane by the quay" },
      { id: "a", score: 3, coverage: 1 / 3, evidence: expect.closeTo(0, 4), passage: "crane" },
    ]);
  });

  test("say beside the vectors what they hold beside one word, and of a single word all", () => {
    const evidence = (query: string, passage: string) =>
      byCoverage(query, [{ id: "a", score: 9, passage }])[0]!.evidence!;
    expect(evidence("ship crane quay", "crane by the quay")).toBeCloseTo(4.5, 12);
    expect(evidence("ship crane quay rope", "crane by the quay")).toBeCloseTo(3, 12);
    expect(evidence("ship", "a ship")).toBe(9);
    // Of several words one alone orders such rows, and no more.
    expect(evidence("ship crane quay", "ship")).toBeGreaterThan(0);
    expect(evidence("ship crane quay", "ship")).toBeLessThan(1e-4);
  });

  test("say of one of two words a half", () => {
    const [row] = byCoverage("where is the ship or its crane", [{ id: "a", score: 9, passage: "a ship" }]);
    expect(row!.evidence).toBe(4.5);
  });
});
