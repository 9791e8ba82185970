/**
 * Judges the hits of another system as `mdp eval` judges its own, and prints the same tables.
 *
 * usage: bun bench/evaluate/judge.ts QUESTIONS.jsonl HITS.jsonl [RUN.json]
 *   HITS.jsonl  one object per question: {"id", "<way>": [{"path", "text"}, …], …}, as bench/evaluate/peer.py prints
 *   RUN.json    a run that mdp eval --save has kept: how much better or worse the other system's ways of that name are
 */
import { renderEvaluation } from "../../src/cli/ui/evaluation.ts";
import { paintFor } from "../../src/cli/ui/terminal.ts";
import { type EvaluationRun, evaluate, HITS_JUDGED } from "../../src/search/evaluate/evaluate.ts";
import { readQuestions } from "../../src/search/evaluate/questions.ts";

type Found = { path: string; text: string }[];

const [questionsPath, hitsPath, runPath] = process.argv.slice(2);
if (!questionsPath || !hitsPath)
  throw new Error("usage: bun bench/evaluate/judge.ts QUESTIONS.jsonl HITS.jsonl [RUN.json]");
const questions = await readQuestions(questionsPath);
const lines = (await Bun.file(hitsPath).text()).trim().split("\n");
const byId = new Map(lines.map((line) => JSON.parse(line) as { id: string }).map((row) => [row.id, row]));
const byQuery = new Map(questions.map(({ id, query }) => [query, byId.get(id) as unknown as Record<string, Found>]));
const names = Object.keys(byQuery.values().next().value!).filter((name) => name !== "id");
const ways = names.map((name) => ({
  name,
  ask: async (query: string) =>
    byQuery
      .get(query)!
      [name]!.slice(0, HITS_JUDGED)
      .map(({ path, text }, index) => ({ id: String(index), uri: path, path, startLine: 0, endLine: 0, text })),
}));
const baseline = runPath ? ((await Bun.file(runPath).json()) as EvaluationRun) : undefined;
const { run: _, ...report } = await evaluate(questions, ways, { baseline });
console.log(renderEvaluation({ ...report, engines: [], notHeld: [] }, paintFor({ color: false })));
