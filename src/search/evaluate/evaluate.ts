/** Asking every question in several ways, and what came of it. */
import { sha256 } from "../../core/hash.ts";
import { difference, type Estimate, estimate } from "./bootstrap.ts";
import { byFile, byPassage, type JudgedHit } from "./judge.ts";
import { METRIC_NAMES, type MetricName, type Metrics, measure } from "./metrics.ts";
import type { Question } from "./questions.ts";

/** Hits that are looked at per question: what `recall100` needs. */
export const HITS_JUDGED = 100;

/** One way to search, e.g. `hybrid`. */
export interface Way {
  name: string;
  /** The best `HITS_JUDGED` hits. */
  ask(query: string): Promise<readonly JudgedHit[]>;
}

export type Unit = "passage" | "file";
export const UNITS = ["passage", "file"] as const;

/** What a run keeps, so that a later one can be compared with it. */
export interface EvaluationRun {
  format: 1;
  /** Hash of the questions and their answers. */
  questions: string;
  /** By way, unit and question id. */
  ways: Record<string, Record<Unit, Record<string, Metrics>>>;
}

export interface WayResult {
  way: string;
  unit: Unit;
  /** A kind of question, or null for all. */
  kind: string | null;
  questions: number;
  metrics: Record<MetricName, Estimate>;
  /** Against the same way of the earlier run, where that asked it. */
  change?: Record<MetricName, Estimate & { worse: number }>;
}

export interface Evaluation {
  questions: number;
  results: WayResult[];
  /** Median and 95th percentile of a question in milliseconds, by way. */
  milliseconds: Record<string, { p50: number; p95: number }>;
  run: EvaluationRun;
}

export interface EvaluateOptions {
  /** A run over the same questions. */
  baseline?: EvaluationRun | undefined;
  signal?: AbortSignal | undefined;
  onProgress?: ((asked: number, total: number) => void) | undefined;
}

export async function evaluate(
  questions: readonly Question[],
  ways: readonly Way[],
  { baseline, signal, onProgress }: EvaluateOptions = {},
): Promise<Evaluation> {
  const run: EvaluationRun = { format: 1, questions: hashOf(questions), ways: {} };
  const milliseconds: Evaluation["milliseconds"] = {};
  let asked = 0;
  for (const { name, ask } of ways) {
    const measured: Record<Unit, Record<string, Metrics>> = { passage: {}, file: {} };
    const times: number[] = [];
    for (const { id, query, answers } of questions) {
      signal?.throwIfAborted();
      const started = performance.now();
      const hits = await ask(query);
      times.push(performance.now() - started);
      for (const [unit, judge] of [["passage", byPassage] as const, ["file", byFile] as const]) {
        const { ranking, judgements } = judge(hits, answers);
        measured[unit][id] = measure(ranking, judgements);
      }
      onProgress?.(++asked, questions.length * ways.length);
    }
    run.ways[name] = measured;
    milliseconds[name] = spread(times);
  }
  return { questions: questions.length, results: summarize(questions, run, baseline), milliseconds, run };
}

/** The questions' hash covers their answers: figures of other judgements are not comparable. */
export function hashOf(questions: readonly Question[]): string {
  return sha256(JSON.stringify(questions)).slice(0, 32);
}

function summarize(questions: readonly Question[], run: EvaluationRun, baseline?: EvaluationRun): WayResult[] {
  const kinds = [...new Set(questions.map(({ kind }) => kind))];
  const groups = [null, ...(kinds.length > 1 ? kinds : [])];
  return groups.flatMap((kind) => {
    const ids = questions.filter((question) => kind === null || question.kind === kind).map(({ id }) => id);
    return UNITS.flatMap((unit) =>
      Object.entries(run.ways).map(([way, measured]): WayResult => {
        const result = { way, unit, kind, questions: ids.length, metrics: metricsOf(ids, measured[unit]) };
        const before = baseline?.ways[way]?.[unit];
        return before ? { ...result, change: changeOf(ids, measured[unit], before) } : result;
      }),
    );
  });
}

function valuesOf(ids: readonly string[], measured: Record<string, Metrics>, name: MetricName): number[] {
  return ids.map((id) => measured[id]![name]);
}

function metricsOf(ids: readonly string[], measured: Record<string, Metrics>): Record<MetricName, Estimate> {
  return byMetric((name) => estimate(valuesOf(ids, measured, name)));
}

function changeOf(ids: readonly string[], measured: Record<string, Metrics>, before: Record<string, Metrics>) {
  return byMetric((name) => difference(valuesOf(ids, measured, name), valuesOf(ids, before, name)));
}

function byMetric<T>(value: (name: MetricName) => T): Record<MetricName, T> {
  return Object.fromEntries(METRIC_NAMES.map((name) => [name, value(name)])) as Record<MetricName, T>;
}

function spread(times: number[]): { p50: number; p95: number } {
  times.sort((a, b) => a - b);
  const at = (share: number) => times[Math.min(times.length - 1, Math.floor(share * times.length))] ?? 0;
  return { p50: at(0.5), p95: at(0.95) };
}
