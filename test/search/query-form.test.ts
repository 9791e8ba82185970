/** Goal: a query that names something is told from one that asks about something. */
import { describe, expect, test } from "bun:test";
import { queryForm } from "../../src/search/query-form.ts";

describe("a name", () => {
  test.each([
    "get_user_by_id",
    "getUserById",
    "SpooledTemporaryFile",
    "std::vector",
    "os.path.join",
    "__init__",
    "E-41",
    "ERR_4017",
    "sha256",
    "utf8",
    "src/main.ts",
    "parse()",
    "X-FORWARDED-FOR",
    '"exactly these words"',
    "getUserById deleteUser",
  ])("%s", (query) => {
    expect(queryForm(query)).toBe("name");
  });
});

describe("words", () => {
  test.each([
    "how do I undo a commit?",
    "backup",
    "Paris",
    "getUserById fails sometimes",
    "2024",
    "well-known bugs",
    "What is it?",
    "3.14",
    "e.g. a list",
    "NASA",
    "",
  ])("%s", (query) => {
    expect(queryForm(query)).toBe("words");
  });
});
