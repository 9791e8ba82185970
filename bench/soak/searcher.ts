/**
 * A process that searches without a pause while another one writes, until its standard input ends. Every hit is looked
 * at: it has a record, which holds the word that was sought. Prints one JSON object: searches, faults, latency, memory.
 */
import { readFileSync } from "node:fs";
import { openStore } from "../../src/store/store.ts";
import { description, settings } from "../../test/store/rows.ts";
import { DIMENSION, questionNear } from "../scale/vectors.ts";

const [dir = "", ...words] = process.argv.slice(2);
const LIMIT = 100;
let ended = false;
process.stdin.on("end", () => {
  ended = true;
});
process.stdin.resume();

const faults: string[] = [];
const times: number[] = [];
const versions = new Set<number>();
await using store = await openStore({ dir, settings: settings(), embedder: description(DIMENSION) });
for (let i = 0; !ended; i++) {
  const word = words[i % words.length]!;
  const began = performance.now();
  try {
    const view = (await store.snapshot())!;
    versions.add(view.version);
    const [byWord, byVector] = await Promise.all([
      view.textSearch({ query: word, limit: LIMIT }),
      view.vectorSearch({ vector: questionNear((i * 37) % 40_000), limit: LIMIT }),
    ]);
    const records = await view.records([...byWord, ...byVector]);
    times.push(performance.now() - began);
    if (byVector.length !== LIMIT) faults.push(`${byVector.length} rows are near, of ${LIMIT}`);
    for (const { id } of byVector) if (!records.has(id)) faults.push(`no record of ${id}`);
    for (const { id } of byWord) {
      const { text, title, path } = records.get(id) ?? { text: "", title: "", path: "" };
      if (!`${text} ${title} ${path}`.normalize("NFKD").toLowerCase().includes(word)) faults.push(`${word}: ${id}`);
    }
  } catch (error) {
    faults.push(String(error));
  }
}
times.sort((a, b) => a - b);
const status = readFileSync("/proc/self/status", "utf8");
console.log(
  JSON.stringify({
    searches: times.length,
    versions: versions.size,
    faults: faults.slice(0, 5),
    faultCount: faults.length,
    p50: Math.round(times[times.length >> 1] ?? 0),
    p95: Math.round(times[Math.floor(times.length * 0.95)] ?? 0),
    peakMb: Math.round(Number(/VmHWM:\s+(\d+)/.exec(status)![1]) / 1024),
  }),
);
