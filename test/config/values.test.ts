/** Texts of flags, variables and the file become values of their field's type. */
import { describe, expect, test } from "bun:test";
import { fields } from "../../src/config/fields.ts";
import { expectedText, fromFile, fromText } from "../../src/config/values.ts";

function field(path: string) {
  const found = fields.find((candidate) => candidate.path === path);
  if (!found) throw new Error(`no field ${path}`);
  return found;
}

describe("a text becomes a value", () => {
  test.each([
    ["search.k", "5", 5],
    ["search.k", "-5", -5],
    ["search.k", "1e2", 100],
    ["search.k", "five", "five"],
    ["search.k", "", ""],
    ["search.k", "10MB", "10MB"],
    ["search.minScore", "-0.25", -0.25],
    ["search.minScore", ".5", 0.5],
    ["search.filter", "lang = 'en', 5", "lang = 'en', 5"],
    ["ingest.hidden", "true", true],
    ["ingest.hidden", "FALSE", false],
    ["ingest.hidden", "1", true],
    ["ingest.hidden", "yes", "yes"],
    ["ingest.exclude", "a/*, b", ["a/*", "b"]],
    ["ingest.exclude", "", []],
    ["ingest.exclude", "1,2", ["1", "2"]],
    ["train.lrScheduleArguments", "1e-3, 100,-0.5", [0.001, 100, -0.5]],
    ["train.lrScheduleArguments", "5", [5]],
    ["train.lrScheduleArguments", "1e-3,many", [0.001, "many"]],
    ["ingest.maxDocumentBytes", "500", 500],
    ["ingest.maxDocumentBytes", "10MB", 10_000_000],
    ["ingest.maxDocumentBytes", "10 mb", 10_000_000],
    ["ingest.maxDocumentBytes", "1.5k", 1500],
    ["ingest.maxDocumentBytes", "64MiB", 67_108_864],
    ["ingest.maxDocumentBytes", "2_000", 2000],
    ["ingest.maxDocumentBytes", "10 apples", "10 apples"],
    ["ingest.readTimeoutMs", "30s", 30_000],
    ["ingest.readTimeoutMs", "2 min", 120_000],
    ["ingest.readTimeoutMs", "250", 250],
  ])("%s of %j is %j", (path, text, value) => {
    expect(fromText(field(path), text)).toEqual(value);
  });
});

test("a value of the file is taken as YAML gave it, units read", () => {
  expect(fromFile(field("ingest.maxDocumentBytes"), "10MB")).toBe(10_000_000);
  expect(fromFile(field("ingest.maxDocumentBytes"), 7)).toBe(7);
  expect(fromFile(field("search.k"), "7")).toBe("7");
});

test("what a field takes is said in words", () => {
  expect(expectedText(field("search.mode"))).toBe("hybrid, vector or text");
  expect(expectedText(field("ingest.maxDocumentBytes"))).toContain("10MB");
  expect(expectedText(field("search.k"))).toBe("a whole number");
  expect(expectedText(field("train.lrScheduleArguments"))).toBe("a list of numbers");
  expect(expectedText(field("train.loraKeys"))).toBe("a list");
});
