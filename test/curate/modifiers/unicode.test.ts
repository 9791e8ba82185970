/** Goal: broken text is repaired, and good text is not touched. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { repairText } from "../../../src/curate/modifiers/unicode.ts";
import { describeModifier } from "../../contracts/modifier.ts";

describeModifier("unicode", [
  "cafÃ©",
  "ÃƒÂ©",
  "â€œ",
  "â€\x9d",
  "ðŸ˜€",
  "Ð¿Ñ€Ð¸",
  "e\u0301",
  "\u200b",
  "\xa0",
  "\r\n",
  "\x1b[1m",
  "Â",
  "©",
  "É”",
  "x",
  "\u200d",
]);

/** UTF-8 bytes of `text`, read as Windows-1252 the way browsers do. */
const misread = (text: string) => new TextDecoder("windows-1252").decode(new TextEncoder().encode(text));
const latin1 = (text: string) => Buffer.from(text).toString("latin1");

const good = [
  "naïve café — “quotes”",
  "LIBERTÉ” — ÉGALITÉ™ VOILÀ… «DÉJÀ» NÃO IRMÃ”",
  "Dáš mi to? „Dáš“ — když máš…",
  "Ça va? Où êtes-vous né·e·s? L’été à l’île d’Yeu…",
  "Größe 5 × 3, 20 °C ± 2 µm, ½ ÷ ¼, §§ 3–5",
  "Þetta er íslenska, það er gott: „já“",
  "El niño dijo: «¡Olé!» ¿Sí?",
  "Ελληνικά, русский, 日本語、한국어, עברית, العربية",
  "İstanbul’da çığ; ağaç‘ın",
  "À–É—È… A” Â” Ê»",
];

describe("mojibake", () => {
  test.each(good)("leaves good text alone: %s", (text) => {
    expect(repairText(text).text).toBe(text.normalize("NFC"));
  });

  test.each([
    "naïve café — “quotes”",
    "L’été à l’école, où êtes-vous né ?",
    "Größe: 5 °C, Straße, Übung, ÄÖÜ",
    "příliš žluťoučký kůň úpěl ďábelské ódy",
    "Съешь же ещё этих мягких французских булок",
    "日本語のテキスト、漢字とかな",
    "Ελληνικά κείμενα",
    "20 °, 5 m², «oui» · non",
    "price: £5, €6 — “fine” … it’s",
    "smile 😀👍🏽 done",
  ])("undoes UTF-8 read as Windows-1252 and as Latin-1, once and twice: %s", (text) => {
    expect(repairText(misread(text)).text).toBe(repairText(text).text);
    expect(repairText(latin1(text)).text).toBe(repairText(text).text);
    expect(repairText(misread(misread(text))).text).toBe(repairText(text).text);
  });

  test("undoes twelve wrong readings one upon another", () => {
    let text = "é";
    for (let i = 0; i < 12; i++) text = misread(text);
    expect(text.length).toBeGreaterThan(10_000);
    expect(repairText(text).text).toBe("é");
  });

  test.each(["Ã©", "ÃƒÂ", "â€", "ðŸ˜€", "a\u0301", "\u200d", "\x1b["])(
    "takes linear time over a megabyte of %j",
    (unit) => {
      const before = process.cpuUsage();
      repairText(unit.repeat(Math.ceil(1e6 / unit.length)));
      const { user, system } = process.cpuUsage(before);
      // Microseconds of its own, whatever else the machine does; anything quadratic takes hours.
      expect(user + system).toBeLessThan(100e6);
    },
  );

  test("says what was done, and how often", () => {
    expect(repairText("cafÃ© e\u0301\x07")).toEqual({
      text: "café é",
      done: ["mojibake", "controls", "nfc"],
      repaired: 1,
    });
  });

  test("repairs a broken sentence beside a good one, which stays", () => {
    expect(repairText("Le café est bon, dit-il.\nLe cafÃ© est bon, dit-il.").text).toBe(
      "Le café est bon, dit-il.\nLe café est bon, dit-il.",
    );
  });
});

describe("characters", () => {
  test("controls go, line ends become newlines, colours of a terminal leave nothing", () => {
    expect(repairText("a\0b\x07c\x7f\td\r\ne\rf\x1b[31;1mred\x1b[0m\x0cg").text).toBe("abc\td\ne\nfred\ng");
  });

  test("controls of the second block are what Windows-1252 meant by them", () => {
    expect(repairText("it\x92s \x93fine\x94 \x81").text).toBe("it’s “fine” ");
  });

  test("spaces become the usual one, and what cannot be seen goes", () => {
    expect(repairText("a\xa0b\u2009c\u3000d\u200be\ufefff\xadg").text).toBe("a b c defg");
  });

  test("joiners stay where a script or an emoji needs them", () => {
    const kept = "می\u200cخواهم 👩\u200d🔬 क्\u200dष";
    expect(repairText(`${kept} a\u200db`).text).toBe(`${kept} ab`);
  });

  test("no control but tab and newline survives", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 60 }), (text) => {
        expect(repairText(text.toWellFormed()).text).not.toMatch(/[\0-\x08\x0b-\x1f\x7f-\x9f]/);
      }),
    );
  });
});
