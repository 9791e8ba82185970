/** `eval`: a file of questions with their answers → measures of every way to search, side by side. */
import * as v from "valibot";
import type { Settings } from "../config/schema.ts";
import { MdpError, UsageError } from "../core/errors.ts";
import { writeWhole } from "../core/new-file.ts";
import { type Project, uriOf } from "../core/project.ts";
import { State } from "../manifest/state.ts";
import type { SearchSettings } from "../search/config.ts";
import { type Evaluation, type EvaluationRun, evaluate, HITS_JUDGED, hashOf } from "../search/evaluate/evaluate.ts";
import { type Question, readQuestions } from "../search/evaluate/questions.ts";
import { openSearch, type SearchedEngine } from "./search.ts";

export type { Evaluation, WayResult } from "../search/evaluate/evaluate.ts";

export const MODES = ["vector", "text", "hybrid"] as const;
export type Mode = (typeof MODES)[number];

export interface EvaluateRequest {
  project: Project;
  /** A `.jsonl` or `.tsv` file, or a BEIR folder. */
  questions: string;
  /** Split of a BEIR folder. */
  split?: string | undefined;
  modes: readonly Mode[];
  types?: readonly string[];
  settings: Settings;
  /** Where the measures of every question are kept. */
  save?: string | undefined;
  /** A file that `save` has written. */
  baseline?: string | undefined;
  signal: AbortSignal;
  onProgress?: (asked: number, total: number) => void;
}

export interface EvaluateReport extends Omit<Evaluation, "run"> {
  engines: readonly SearchedEngine[];
  /** Files of right answers that the project does not hold, in their order; no search can find them. */
  notHeld: string[];
}

/**
 * Asks every question in each mode, and, where the settings have a reranker or want rewrites, as `rerank` and `expand`
 * in the last mode with these.
 *
 * @throws MdpError `nothing-found` when no question has a right answer among its hits in any mode: then the questions
 * are about other files; `questions` and `evaluation-run` for files that cannot be read
 */
export async function evaluateProject(request: EvaluateRequest): Promise<EvaluateReport> {
  const { project, settings, modes, types = [], signal, onProgress } = request;
  if (modes.length === 0) throw new UsageError("no mode to evaluate", `modes: ${MODES.join(", ")}`);
  const questions = await readQuestions(request.questions, request.split);
  const baseline = request.baseline === undefined ? undefined : await readRun(request.baseline, questions);
  // A search that was opened for words only has no model.
  const mode: Mode = modes.find((name) => name !== "text") ?? "text";
  const opened = { ...settings, search: { ...settings.search, mode } };
  await using search = await openSearch({ project, settings: opened, types });
  const way = (name: string, changes: Partial<SearchSettings>) => ({
    name,
    ask: async (query: string) => (await search.ask(query, { k: HITS_JUDGED, ...changes })).hits,
  });
  const ways = modes.map((name) => way(name, { mode: name, rerank: undefined, expand: false }));
  // Beside the modes: the last of them, read again.
  if (search.settings.rerank !== undefined) ways.push(way("rerank", { mode: modes.at(-1)!, expand: false }));
  if (search.settings.expand) ways.push(way("expand", { mode: modes.at(-1)!, rerank: undefined }));
  const { run, ...evaluation } = await evaluate(questions, ways, { baseline, signal, onProgress });
  if (evaluation.results.every(({ metrics }) => metrics.recall100.mean === 0)) throw nothingFound(request, questions);
  if (request.save !== undefined) await saveRun(request.save, run);
  return { ...evaluation, engines: search.engines, notHeld: notHeld(project, questions) };
}

function notHeld(project: Project, questions: readonly Question[]): string[] {
  const files = questions.flatMap(({ answers }) =>
    answers.flatMap(({ path, row }) => (row === undefined ? [path] : [])),
  );
  using state = new State(project.stateDir);
  return [...new Set(files)].filter((path) => state.item(uriOf(project, path))?.path !== path).sort();
}

function nothingFound({ questions: file }: EvaluateRequest, questions: readonly Question[]): MdpError {
  const { path, row } = questions[0]!.answers[0]!;
  return new MdpError({
    code: "nothing-found",
    message: `not one of the ${questions.length} questions found any of its answers`,
    where: file,
    hint: `answers such as "${row ?? path}" must be named as hits show them; mdp search --json shows how`,
  });
}

const Figures = v.strictObject({
  ndcg10: v.number(),
  recall10: v.number(),
  recall100: v.number(),
  mrr: v.number(),
  map: v.number(),
});
const ByQuestion = v.record(v.string(), Figures);
const Run = v.strictObject({
  format: v.literal(1),
  questions: v.string(),
  ways: v.record(v.string(), v.strictObject({ passage: ByQuestion, file: ByQuestion })),
});

/** A run that `save` has written. @throws MdpError `evaluation-run` for another file */
export function readEvaluationRun(path: string): Promise<EvaluationRun> {
  return readRun(path, undefined);
}

/** @param questions those that it must have asked, where that matters */
async function readRun(path: string, questions: readonly Question[] | undefined): Promise<EvaluationRun> {
  const file = Bun.file(path);
  const text = (await file.exists()) ? await file.text() : undefined;
  const parsed = v.safeParse(Run, text === undefined ? undefined : parseJson(text));
  if (parsed.success && (!questions || parsed.output.questions === hashOf(questions))) return parsed.output;
  throw new MdpError({
    code: "evaluation-run",
    message: parsed.success
      ? "this run asked other questions, or judged other answers"
      : text === undefined
        ? "there is no such file"
        : "this is no run that mdp eval has saved",
    where: path,
    hint: "make one with: mdp eval QUESTIONS --save FILE",
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function saveRun(path: string, run: EvaluationRun): Promise<void> {
  await writeWhole(path, `${JSON.stringify(run)}\n`);
}
