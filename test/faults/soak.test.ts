/** Rounds of add, edit, rename and delete on the command line while searches go on: always what a fresh project has. */
import { expect, test } from "bun:test";
import { renameSync, rmSync } from "node:fs";
import type { SearchReport } from "../../src/pipelines/search.ts";
import type { StatusReport } from "../../src/pipelines/status.ts";
import { TempProject } from "../support/project.ts";
import { differences, readTable } from "../support/table.ts";

const FILES = 24;
const ROUNDS = 3;
const WORDS = ["pier", "buoy", "ferry", "anchor"] as const;

const wordOf = (i: number) => WORDS[i % WORDS.length]!;
const textOf = (i: number, edition: number) =>
  `# Station ${i}\n\nThe ${wordOf(i)} was seen at station ${i}.\n\n## Log\n\nEdition ${edition} of the log.\n`;

/** Searches until it is told to stop; returns how often, every hit having held the word that was sought. */
async function searchUntil(project: TempProject, stopped: () => boolean): Promise<number> {
  let searches = 0;
  for (; !stopped(); searches++) {
    const word = wordOf(searches);
    const { hits } = await project.json<SearchReport>("search", word, "--text", "-k", "50", "--no-join");
    expect(hits.filter(({ text, path }) => !`${text} ${path}`.includes(word)).map(({ path }) => path)).toEqual([]);
  }
  return searches;
}

test(`after each of ${ROUNDS} rounds the tables, and what words find, equal a fresh project's`, async () => {
  const files = new Map<string, string>();
  for (let i = 0; i < FILES; i++) files.set(`docs/${i}.md`, textOf(i, 0));
  using project = new TempProject(Object.fromEntries(files));
  expect((await project.run("ingest", "docs", "-q")).code).toBe(0);

  let stop = false;
  const searching = searchUntil(project, () => stop);
  for (let round = 1; round <= ROUNDS; round++) {
    const put = (path: string, text: string) => {
      files.set(path, text);
      project.write(path, text);
    };
    const paths = [...files.keys()];
    for (let i = 0; i < 4; i++) put(`docs/new-${round}-${i}.md`, textOf(100 * round + i, round));
    for (const path of paths.slice(0, 4)) put(path, `${files.get(path)}\nSeen again in round ${round}.\n`);
    for (const path of paths.slice(4, 8)) {
      const moved = path.replace(/\.md$/, `-moved${round}.md`);
      renameSync(project.path(path), project.path(moved));
      files.set(moved, files.get(path)!);
      files.delete(path);
    }
    for (const path of paths.slice(8, 12)) {
      rmSync(project.path(path));
      files.delete(path);
    }
    expect((await project.run("ingest", "docs", "-q")).code).toBe(0);

    using fresh = new TempProject(Object.fromEntries(files));
    expect((await fresh.run("ingest", "docs", "-q")).code).toBe(0);
    expect(differences(await readTable(project.dir), await readTable(fresh.dir))).toEqual([]);
    const { tables } = await project.json<StatusReport>("status");
    expect(tables.flatMap(({ indices }) => indices).filter(({ unindexedRows }) => unindexedRows > 0)).toEqual([]);
    for (const word of WORDS) {
      const { hits } = await project.json<SearchReport>("search", word, "--text", "-k", "100", "--no-join");
      const holding = [...files].filter(([, text]) => text.includes(word)).map(([path]) => path);
      expect([...new Set(hits.map(({ path }) => path))].sort()).toEqual(holding.sort());
    }
  }
  stop = true;
  expect(await searching).toBeGreaterThan(0);
}, 900_000);
