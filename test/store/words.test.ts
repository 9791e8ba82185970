/** Words that a tokenizer for prose does not see. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { indexWords, queryWords } from "../../src/store/words.ts";

describe("words of a passage", () => {
  test("are the parts of identifiers and all of them joined", () => {
    expect(indexWords("getUserById")).toBe("get user by id getuserbyid");
    expect(indexWords("foo_bar2")).toBe("foo bar2 foobar2 bar");
    expect(indexWords("HTTPServer")).toBe("http server httpserver");
    expect(indexWords("XMLHttpRequest v2")).toBe("xml http request xmlhttprequest");
    expect(indexWords("MAX_SIZE = größeMax")).toBe("max size maxsize größe max größemax");
  });

  test("are members joined with their owners, but not with what stands for the passage's own", () => {
    expect(indexWords("Shelf.add")).toBe("shelfadd");
    expect(indexWords("depot::Shelf::add shelf->add Shelf#add")).toBe("depotshelf shelfadd shelfadd shelfadd");
    expect(indexWords("self.shelf this.shelf e.g. 3.14")).toBe("");
    expect(indexWords("os.max_size")).toBe("max size maxsize osmaxsize");
    expect(queryWords("Shelf.add")).toBe("shelf add shelfadd");
  });

  test("find a name that ends in digits without them", () => {
    expect(indexWords("sha256 user2 v2 a1b2")).toBe("sha user");
  });

  test("leave out plain words, and data that is longer than a name", () => {
    expect(indexWords("a plain sentence, with 12 words.")).toBe("");
    expect(indexWords("Ab1".repeat(30))).toBe("");
  });

  test("are characters and pairs of characters in scripts without spaces", () => {
    expect(indexWords("機械学習 is fun")).toBe("機 機械 械 械学 学 学習 習");
    expect(indexWords("한국")).toBe("한 한국 국");
  });

  test("keep characters outside the basic plane whole", () => {
    expect(indexWords("𠮷野")).toBe("𠮷 𠮷野 野");
  });
});

describe("words of a query", () => {
  test("are those of a passage and plain words, each once", () => {
    expect(queryWords("The getUserById by id")).toBe("the getuserbyid get user by id");
    expect(queryWords("学習 学習")).toBe("学習");
    expect(queryWords("猫")).toBe("猫");
  });

  test("are none where there is nothing to look for", () => {
    for (const query of ["", "  ", "🎉", '"(*)" && ||']) expect(queryWords(query)).toBe("");
  });

  test("find every piece of two characters or more of a text without spaces", () => {
    const kana = fc.string({
      unit: fc.constantFrom("あ", "い", "カ", "漢", "字", "𠮷", "한"),
      minLength: 2,
      maxLength: 12,
    });
    fc.assert(
      fc.property(kana, fc.nat(), fc.nat(), (text, from, length) => {
        const characters = Array.from(text);
        const start = from % (characters.length - 1);
        const piece = characters.slice(start, start + 2 + (length % characters.length)).join("");
        const indexed = new Set(indexWords(text).split(" "));
        for (const word of queryWords(piece).split(" ")) expect(indexed.has(word)).toBe(true);
      }),
    );
  });
});
