/** Words are found without their accents, and with them where they were written without. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { bareQuery, bareWord, bareWords } from "../../src/store/accents.ts";
import { LanceStore } from "../../src/store/lance-store.ts";
import { description, record, settings, temporaryFolder, unitVectors } from "./rows.ts";

/** As written, and as typed on a keyboard that has only ASCII. */
const WORDS: readonly (readonly [string, string])[] = [
  ["résumé", "resume"],
  ["préférences", "preferences"],
  ["cafés", "cafes"],
  ["über", "uber"],
  ["naïve", "naive"],
  ["Straße", "strasse"],
  ["Größe", "grosse"],
  ["İstanbul", "istanbul"],
  ["Łódź", "lodz"],
  ["œuvre", "oeuvre"],
  ["smørrebrød", "smorrebrod"],
  ["đường", "duong"],
  ["žluťoučký", "zlutoucky"],
  ["ﬁnance", "finance"],
  ["Þingvellir", "thingvellir"],
];

test.each([...WORDS, ["ёлка", "елка"], ["йод", "йод"], ["Ἀθῆναι", "αθηναι"], ["λόγος", "λογοσ"], ["plain", "plain"]])(
  "%s is %s without its accents, however they are written",
  (word, bare) => {
    for (const form of ["NFC", "NFD"] as const) {
      expect(bareWord(word.normalize(form))).toBe(bare);
      expect(bareWord(word.normalize(form).toUpperCase())).toBe(bare);
    }
  },
);

describe("the bare words of a passage", () => {
  test("are those that have accents, each as often as it occurs", () => {
    expect(bareWords("A café, une garçonnière — le CAFÉ.")).toBe("~cafe ~garconniere ~cafe");
    expect(bareWords("e\u0301te\u0301 d'œuvres")).toBe("~ete ~oeuvres");
  });

  test("are none of plain words, of other scripts, and of data", () => {
    for (const text of ["Plain words.", "機械学習 한국어 ไทย", "日本の", "é", "é".repeat(65), "Москва"])
      expect(bareWords(text)).toBe("");
  });

  test("hold what a query looks for, whichever way either is written", () => {
    const letter = fc.constantFrom("a", "é", "ü", "ß", "ø", "Ł", "ñ", "ơ", "z", "ё", "1");
    const word = fc.string({ unit: letter, minLength: 2, maxLength: 8 });
    fc.assert(
      fc.property(word, (text) => {
        const indexed = bareWords(text.normalize("NFD"));
        fc.pre(indexed !== "");
        expect(bareQuery(text).marked).toBe(indexed);
        expect(bareQuery(bareWord(text)).marked).toBe(indexed);
      }),
    );
  });
});

test("a query looks for plain forms of those words only that have accents", () => {
  expect(bareQuery("plan à b")).toEqual({ marked: "~plan", plain: "a" });
  expect(bareQuery("Résumé of the café café")).toEqual({
    marked: "~resume ~of ~the ~cafe",
    plain: "resume cafe",
  });
  expect(bareQuery("?! 🎉 猫")).toEqual({ marked: "", plain: "" });
});

test("full text finds a word as written, decomposed and plain, by any of the three", async () => {
  using folder = temporaryFolder();
  const store = new LanceStore({ dir: folder.path, embedder: description(), settings: settings() });
  await using _ = store;
  await store.open();
  const texts = WORDS.flatMap(([written, plain], i) => [
    [`${i} written`, written],
    [`${i} decomposed`, written.normalize("NFD")],
    [`${i} plain`, plain],
  ]);
  const records = texts.map(([doc, word]) => record(doc!, `The word ${word} stands here.`));
  await store.commit(
    records,
    unitVectors(records.length),
    records.map(({ doc }) => doc),
  );
  const snapshot = (await store.snapshot())!;
  for (const [i, [written, plain]] of WORDS.entries()) {
    for (const query of [written, written.normalize("NFD"), plain]) {
      const found = await snapshot.textSearch({ query, limit: records.length });
      const rows = await snapshot.records(found);
      const docs = found.map(({ id }) => rows.get(id)!.doc).filter((doc) => doc.startsWith(`${i} `));
      expect({ query, docs: docs.sort() }).toEqual({ query, docs: [`${i} decomposed`, `${i} plain`, `${i} written`] });
    }
  }
});
