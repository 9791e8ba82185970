/** Goal: full text finds a definition by its name and its header, in whole and in parts. */
import { expect, test } from "bun:test";
import code from "../../src/store/mappers/code.ts";
import { toTable } from "../../src/store/records.ts";
import { DIMENSION, record, unitVectors } from "./rows.ts";

test("a passage of code is found by the words of its qualified name and signature", () => {
  const fields = {
    qualified_name: "http.ServerPool.listenAll2",
    signature: "async def listenAll2(self, max_conns: int)",
    docstring: "Listens.",
    imports: ["asyncio"],
  };
  const row = toTable(code, [record("a.py", "pass", { fields })], unitVectors(1), DIMENSION).get(0)!;
  const words = `${row.context} ${row.words}`.toLowerCase().split(/\W+/);
  for (const word of ["serverpool", "server", "pool", "listenall2", "listen", "all", "max", "conns", "maxconns"]) {
    expect(words).toContain(word);
  }
  // What a file imports is said of each of its passages: it would find them all.
  expect(words).not.toContain("asyncio");
});
