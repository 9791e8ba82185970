/** Small made-up corpora that are the same on every machine. */

const SUBJECTS = ["The pump", "A valve", "The sensor", "Our log", "Each filter", "The tank", "A relay", "The operator"];
const VERBS = ["measures", "closes", "reports", "loses", "keeps", "warms", "replaces", "checks"];
const OBJECTS = ["the flow", "its pressure", "a reading", "the night shift", "the spare part", "the inlet", "a fault"];

/** A deterministic stream of integers (mulberry32). */
export function numbers(seed: number): (limit: number) => number {
  let state = seed >>> 0;
  return (limit) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % limit;
  };
}

/** English-looking sentences, each with a number of its own so that no two passages are equal. */
export function sentences(seed: number, count: number): string[] {
  const next = numbers(seed);
  const pick = (list: readonly string[]) => list[next(list.length)]!;
  return Array.from(
    { length: count },
    (_, i) => `${pick(SUBJECTS)} ${pick(VERBS)} ${pick(OBJECTS)} in case ${seed}-${i}.`,
  );
}

/** `count` markdown files of a few sections, by path under `docs/`. */
export function markdownCorpus(count: number): Record<string, string> {
  const files: Record<string, string> = {};
  for (let i = 0; i < count; i++) {
    const parts = [0, 1, 2].map((s) => `## Part ${s}\n\n${sentences(i * 10 + s, 3).join(" ")}\n`);
    files[`docs/folder${i % 5}/file${i}.md`] = `# File ${i}\n\n${parts.join("\n")}`;
  }
  return files;
}
