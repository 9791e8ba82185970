/** Filters that look entries of a list up: bad words and URLs. */
import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as v from "valibot";
import { MdpError, UsageError } from "../../../src/core/errors.ts";
import { CurateSettings } from "../../../src/curate/config.ts";
import { filters } from "../../../src/curate/filters/index.ts";
import { curatedOf } from "../../support/curated.ts";

const folder = mkdtempSync(join(tmpdir(), "mdp-lists-"));
afterAll(() => rmSync(folder, { recursive: true }));

async function open(name: string, lines: string[], thresholds: string[] = []) {
  const path = join(folder, `${name}.txt`);
  writeFileSync(path, lines.join("\r\n"));
  return (await filters.load(name))(v.parse(CurateSettings, { badWords: path, urlBlocklist: path, thresholds }));
}

describe("c4-badwords", () => {
  const list = ["# comment", "", "Sludge", "old boot", "50%", "a-hole", "沼"];

  test.each([
    ["Nothing but SLUDGE.", true],
    ["sludge", true],
    ["(sludge)", true],
    ["sludgey", false],
    ["my_sludge", false],
    ["an old boot, indeed", true],
    ["an old  boot", false],
    ["an old boots", false],
    ["about 50% of it", true],
    ["about 150% of it", false],
    ["an a-hole in it", true],
    ["a-holes", false],
    ["黒沼", false],
    ["comment", false],
    ["", false],
  ])("of %p says %p", async (text, found) => {
    const step = await open("c4-badwords", list);
    expect(step.apply(curatedOf(text))?.reason).toBe(found ? "bad-word" : undefined);
  });

  test("looks inside words where a language has no spaces", async () => {
    const step = await open("c4-badwords", list);
    const item = { ...curatedOf("黒沼"), tags: { language: "ja" } };
    expect(step.apply(item)?.reason).toBe("bad-word");
  });
});

describe("bad-words", () => {
  test("drops by the share of words", async () => {
    const step = await open("bad-words", ["sludge", "old boot"]);
    const item = curatedOf(`Sludge and an old boot. ${"more words ".repeat(100)}`);
    expect(step.apply(item)).toBeUndefined();
    expect(item.scores).toEqual({ "bad-words.count": 2, "bad-words.share": 2 / 205 });
    expect(step.apply(curatedOf("sludge in the water"))?.reason).toBe("too-many-bad-words");
  });
});

describe("url", () => {
  const list = ["bad.example.com", "https://example.org/one", "casino", "soft:win", "soft:bet", "subword:free-coins"];

  test.each([
    ["https://bad.example.com/", "domain"],
    ["https://deep.BAD.example.com:8080/page", "domain"],
    ["https://user@bad.example.com./page", "domain"],
    ["https://notbad.example.com/", undefined],
    ["https://example.com/", undefined],
    ["https://example.org/one", "url"],
    ["https://example.org/one/more", undefined],
    ["https://example.org/casino/", "word"],
    ["https://example.org/casinos", undefined],
    ["https://example.org/win", undefined],
    ["https://example.org/win-or-bet", "soft-words"],
    ["https://example.org/my.freecoins.html", "subword"],
  ])("%s goes for the reason %p", async (url, reason) => {
    const step = await open("url", list);
    expect(step.apply(curatedOf("text", { url }))?.reason).toBe(reason);
    expect(step.apply(curatedOf("text", { source_url: url }))?.reason).toBe(reason);
  });

  test("takes the uri for the URL when it is one, and keeps documents without any", async () => {
    const step = await open("url", list);
    const item = curatedOf("text");
    expect(step.apply(item)).toBeUndefined();
    const document = { ...item.document, uri: "https://bad.example.com/" };
    expect(step.apply({ ...item, document })?.reason).toBe("domain");
  });
});

describe("a list", () => {
  test.each([
    ["c4-badwords", "badWords"],
    ["bad-words", "badWords"],
    ["url", "urlBlocklist"],
  ])("that %s needs and does not get is a usage error that names the setting", async (name, setting) => {
    const error = await filters
      .load(name)
      .then((openStep) => openStep(v.parse(CurateSettings, {})))
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UsageError);
    expect((error as UsageError).hint).toContain(`set ${setting} to a file`);
  });

  test("that cannot be read is an error that names the file", async () => {
    const path = join(folder, "missing.txt");
    const error = await filters
      .load("url")
      .then((openStep) => openStep(v.parse(CurateSettings, { urlBlocklist: path })))
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(MdpError);
    expect((error as MdpError).where).toBe(path);
  });
});
