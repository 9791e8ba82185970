/** Builds a full-text index over 10,000 rows in its own process, and prints what it covers. */
import { openStore } from "../../src/store/store.ts";
import { description, random, record, settings, unitVectors } from "./rows.ts";

const ROWS = 10_000;
const WORDS = 120;

/** Many different words: with a few thousand the build returns in any environment. */
const VOCABULARY = 200_000;

const next = random(1);
const word = () => `w${Math.floor(next() * VOCABULARY).toString(36)}`;
const records = Array.from({ length: ROWS }, (_, i) =>
  record(`${i}.md`, Array.from({ length: WORDS }, word).join(" ")),
);

await using store = await openStore({ dir: process.argv[2]!, settings: settings(), embedder: description() });
await store.commit(
  records,
  unitVectors(ROWS),
  records.map(({ doc }) => doc),
);
const { indices } = await store.status();
console.log(JSON.stringify(indices.filter(({ type }) => type === "FTS")));
