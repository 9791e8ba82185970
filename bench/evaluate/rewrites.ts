/**
 * How much rewrites that are about something else cost: each question with three others as its rewrites, and with three
 * that say the same in the same words but in another order.
 *
 *   cd PROJECT && bun …/bench/evaluate/rewrites.ts QUESTIONS.jsonl [--type code]
 */
import { join } from "node:path";
import { loadSettings } from "../../src/config/load.ts";
import { requireProject } from "../../src/config/project.ts";
import { openEngines } from "../../src/pipelines/engines/resolve.ts";
import { selectEngines } from "../../src/pipelines/engines/select.ts";
import { openTables } from "../../src/pipelines/engines/tables.ts";
import { toContract } from "../../src/pipelines/search.ts";
import { evaluate, HITS_JUDGED } from "../../src/search/evaluate/evaluate.ts";
import { readQuestions } from "../../src/search/evaluate/questions.ts";
import { searchTables } from "../../src/search/search.ts";

const [file = "", flag, type] = process.argv.slice(2);
const project = requireProject(process.cwd(), undefined);
const { settings } = await loadSettings({ projectDir: project.dir, flags: new Map(), env: process.env });
const engines = selectEngines(await openEngines(settings), flag === "--type" && type ? [type] : []);
const byName = new Map(engines.map((engine) => [engine.name, engine]));
await using tables = await openTables(join(project.stateDir, "lancedb"), engines, settings);
const questions = await readQuestions(file);
const order = new Map(questions.map(({ query }, i) => [query, i]));

const others = (query: string) =>
  [7, 19, 31].map((step) => questions[(order.get(query)! + step) % questions.length]!.query);
const turned = (query: string) => {
  const words = query.split(/\s+/);
  return [1, 2, 3].map((n) => [...words.slice(n), ...words.slice(0, n)].join(" "));
};
const way = (name: string, mode: "hybrid" | "vector" | "text", rewritesOf: (query: string) => string[]) => ({
  name,
  ask: async (query: string) => {
    const request = { query, settings: { ...tables.search, mode, k: HITS_JUDGED }, rewrites: rewritesOf(query) };
    const { hits } = await searchTables(tables.open, request);
    return hits.map((hit) => toContract(hit, byName.get(hit.table)!));
  },
});
const ways = (["hybrid", "vector", "text"] as const).flatMap((mode) => [
  way(mode, mode, () => []),
  way(`${mode}, other questions`, mode, others),
  way(`${mode}, words turned`, mode, turned),
]);
const { results, milliseconds } = await evaluate(questions, ways);
for (const { way, unit, kind, metrics } of results.filter(({ kind }) => kind === null)) {
  const { ndcg10, recall10, recall100 } = metrics;
  const figures = [ndcg10, recall10, recall100].map(({ mean }) => mean.toFixed(3)).join("  ");
  console.log(`${`${way} by ${unit}`.padEnd(40)} ${figures}  ${milliseconds[way]!.p50.toFixed(0)} ms${kind ?? ""}`);
}
