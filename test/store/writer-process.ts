/** A writer of its own process: commits the same 60 documents as the others, in commits of 20, `rounds` times. */
import { openStore } from "../../src/store/store.ts";
import { description, record, settings, unitVectors } from "./rows.ts";

const [dir = "", rounds = "1"] = process.argv.slice(2);
await using store = await openStore({ dir, settings: settings(), embedder: description() });
for (let round = 0; round < Number(rounds); round++) {
  for (let start = 0; start < 60; start += 20) {
    const records = Array.from({ length: 20 }, (_, i) =>
      record(`doc${start + i}`, `passage ${start + i} round ${round}`),
    );
    await store.commit(
      records,
      unitVectors(20, { seed: start + 1 }),
      records.map(({ doc }) => doc),
    );
  }
}
