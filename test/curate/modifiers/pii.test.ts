/** Goal: personal data is redacted, replaced or tagged, and nothing else is touched. */
import { describe, expect, test } from "bun:test";
import golden from "../../../fixtures/golden/pii.json";
import { fixture, type Labelled } from "../../../scripts/fixtures/pii.ts";
import { luhn } from "../../../src/curate/modifiers/pii/checksums.ts";
import { type PiiKind, piiKinds } from "../../../src/curate/modifiers/pii/detector.ts";
import { openFakes } from "../../../src/curate/modifiers/pii/fakes.ts";
import { findPii } from "../../../src/curate/modifiers/pii/find.ts";
import pii from "../../../src/curate/modifiers/pii.ts";
import { applied, describeModifier, settingsOf } from "../../contracts/modifier.ts";

const fragments = [
  "ada@lovelace.org",
  "4111 1111 1111 1111",
  "8.8.8.8",
  "E<lt>ada@lovelace.orgE<gt>",
  "2001:4860:4860::8888",
  "user (at) host (dot) org",
  "+44 20 7946 0958",
  "Tel. ",
  "030 1234567",
  "DE89 3704 0044 0532 0130 00",
  "123-45-6789",
  "12 Main Street, Springfield, IL 62704",
  "Hauptstraße 12, 10115 Berlin",
  "AB 12 34 56 C",
  "password=hunter22",
  "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
  "@",
  "123",
  "+1",
  "(",
];
for (const action of ["redact", "replace", "tag"] as const) describeModifier("pii", fragments, { pii: action });

const text =
  "Ada (ada@lovelace.org, +44 20 7946 0958) lives at 12 Main Street, Springfield, IL 62704.\nAda's card: 4111 1111 1111 1111, ada@lovelace.org";

describe("pii", () => {
  test("redact puts the kind in the place of each value, and counts them", async () => {
    const item = applied(await pii(settingsOf({ pii: "redact" })), text);
    expect(item.text).toBe("Ada ([EMAIL], [PHONE]) lives at [ADDRESS].\nAda's card: [CARD], [EMAIL]");
    expect(item.scores).toEqual({ "pii.spans": 5, "pii.email": 2, "pii.phone": 1, "pii.address": 1, "pii.card": 1 });
  });

  test("tag leaves the text and says where what is", async () => {
    const item = applied(await pii(settingsOf({ pii: "tag", piiKinds: ["card", "email"] })), text);
    expect(item.text).toBe(text);
    expect(item.tags).toEqual({ pii: ["email:5-21", "card:101-120", "email:122-138"] });
    expect(text.slice(101, 120)).toBe("4111 1111 1111 1111");
  });

  test("replace gives the same value the same fake, in any document and order, and another with another key", async () => {
    const step = await pii(settingsOf({ pii: "replace" }));
    const item = applied(step, text);
    const [first, second] = item.text.match(/user-\w+@example\.\w+/g)!;
    expect(first).toBe(second!);
    expect(applied(step, "x@y.org wrote to ADA@lovelace.org").text).toEndWith(first!);
    const other = applied(await pii(settingsOf({ pii: "replace", piiKey: "k" })), "ada@lovelace.org").text;
    expect(other).not.toBe(first!);
    expect(item.text).not.toContain("7946");
    expect(item.text).toMatch(/card: 9999 \d{4} \d{4} \d{4}, /);
  });

  test("off does nothing", async () => {
    expect(applied(await pii(settingsOf()), text)).toMatchObject({ text, tags: {}, scores: {} });
  });

  test("looks for the asked kinds only, and refuses a kind that it does not know", async () => {
    const item = applied(await pii(settingsOf({ pii: "redact", piiKinds: ["phone"] })), text);
    expect(item.text).toBe(text.replace("+44 20 7946 0958", "[PHONE]"));
    const wrong = pii(settingsOf({ pii: "redact", piiKinds: ["emial"] }));
    await expect(wrong).rejects.toThrow(/unknown kind of personal data/);
  });
});

describe("fakes", () => {
  const fake = openFakes("key");
  const lines: string[] = [
    ...golden.people.flatMap(({ email, iban, card, phone }) => [email, iban, card, `Tel. ${phone}`]),
    ...golden.phones.flatMap(({ international, national }) => [international, `Tel. ${national}`]),
    ...golden.addresses.map(({ address }) => address),
    ...golden.national.flatMap(({ formatted }) => formatted),
    ...fragments,
  ];

  test("are not taken for personal data themselves", async () => {
    const step = await pii(settingsOf({ pii: "replace" }));
    const wrong = lines.filter((line) => findPii(applied(step, line).text).length > 0);
    expect(wrong).toEqual([]);
    expect(lines.filter((line) => findPii(line).length > 0).length).toBeGreaterThan(1000);
  });

  test("of cards pass Luhn's sum with a prefix that no issuer has", () => {
    for (const { card } of golden.people) {
      const value = fake("card", card);
      expect(value).toMatch(/^9999\d+$/);
      expect(value.length).toBe(card.length);
      expect(luhn(value)).toBe(true);
    }
  });

  test("of accounts keep country and length, and their check digits fit", () => {
    for (const { iban } of golden.people) {
      const value = fake("iban", iban);
      expect(value.slice(0, 2)).toBe(iban.slice(0, 2));
      expect(value.length).toBe(iban.length);
      const moved = value.slice(4) + value.slice(0, 4);
      const number = moved.replace(/[A-Z]/g, (letter) => String(letter.charCodeAt(0) - 55));
      expect(BigInt(number) % 97n).toBe(1n);
    }
  });

  test("of addresses in the network lie in the ranges for documentation", () => {
    expect(fake("ip", "8.8.8.8")).toMatch(/^(192\.0\.2|198\.51\.100|203\.0\.113)\.\d{1,3}$/);
    expect(fake("ip", "2001:4860:4860::8888")).toMatch(/^2001:db8:/);
  });

  test("do not depend on how a value is written", () => {
    const digits = (kind: PiiKind, value: string) => fake(kind, value).replace(/\D/g, "");
    expect(digits("card", "4111 1111 1111 1111")).toBe(digits("card", "4111-1111-1111-1111"));
    expect(digits("ssn", "123 45 6789")).toBe(digits("ssn", "123-45-6789"));
    expect(fake("email", "A@B.org")).toBe(fake("email", "a@b.org"));
  });
});

describe("the search is linear", () => {
  const attacks: Record<string, string> = {
    digits: "1",
    "at signs": "@",
    "at signs and letters": "a@",
    domains: "1@1.",
    colons: ":",
    "hexadecimal groups": "ab:",
    letters: "a",
    hyphens: "-",
    "single digits": "1 ",
    plus: "+1",
    brackets: "(1)",
    "bracketed at": "(at)",
    dots: "1.",
    "house numbers": "12 Main ",
    capitals: "Aa ",
    streets: "Aastraße 1 ",
    keys: "-----BEGIN PRIVATE KEY-----\n",
    assignments: "password=",
    tokens: "eyJaaaaaaaaaaaa.",
    urls: "a://b:c@",
    "two letters": "AB 12 ",
    accounts: "DE89 ",
    "trunk zeros": "030 12 ",
    base64: "QUJD0",
  };
  test.each(Object.keys(attacks))("over a megabyte of %s", (name) => {
    const unit = attacks[name]!;
    const long = unit.repeat(Math.ceil(1e6 / unit.length));
    const before = process.cpuUsage();
    findPii(long);
    const { user, system } = process.cpuUsage(before);
    // Microseconds of its own, whatever else the machine does; anything quadratic takes hours.
    expect(user + system).toBeLessThan(100e6);
  });
});

test("every kind occurs in the labelled lines", async () => {
  const lines = (await Bun.file(fixture).text()).trimEnd().split("\n");
  const kinds = new Set(lines.flatMap((line) => (JSON.parse(line) as Labelled).spans.map(({ kind }) => kind)));
  expect([...kinds].sort()).toEqual([...piiKinds].sort());
});
