/** Score curves: of the hits of a question by rank, and of the questions of saved evaluations by share. */
import type { SearchHit } from "../search.ts";
import { type Axis, axisOf } from "./axis.ts";
import type { Line, Panel } from "./panel.ts";

export interface ScoresData {
  query: string;
  /** By way to search, best first. */
  curves: {
    way: "vector" | "text" | "hybrid";
    unit: string;
    hits: { rank: number; score: number; path: string; startLine: number }[];
  }[];
}

export interface MeasuresData {
  unit: "passage" | "file";
  /** By saved run and way: nDCG@10 of every question, best first. */
  curves: { name: string; mean: number; values: number[] }[];
}

const UNITS = { vector: "cosine similarity", text: "BM25", hybrid: "fused score" } as const;

export function curveOf(way: keyof typeof UNITS, hits: readonly SearchHit[]): ScoresData["curves"][number] {
  const shown = hits.map(({ rank, score, path, startLine }) => ({ rank, score, path, startLine }));
  return { way, unit: UNITS[way], hits: shown };
}

/** A panel for each way, as their scores are no numbers of one kind. */
export function scorePanels({ query, curves }: ScoresData): Panel[] {
  return curves.map(({ way, unit, hits }) => {
    const scores = hits.map(({ score }) => score);
    const points = hits.map(({ rank, score, path, startLine }) => {
      return { x: rank, y: score, label: `${rank}. ${path}:${startLine}  ${score.toPrecision(4)}` };
    });
    return {
      kind: "lines",
      title: `${way}: ${unit} by rank`,
      note: hits.length === 0 ? `no hit for “${query}”` : `${hits.length} hits for “${query}”`,
      x: axisOf("rank", 1, Math.max(2, hits.length), { whole: true, ticks: 10 }),
      y: axisOf(unit, Math.min(0, ...scores), Math.max(1e-6, ...scores), { ticks: 4 }),
      lines: [{ name: way, points }],
    };
  });
}

const SHARE: Axis = axisOf("share of the questions, best first (%)", 0, 100, { ticks: 10 });
const NDCG: Axis = axisOf("nDCG@10 of the question", 0, 1, { ticks: 5 });

export function measurePanel({ unit, curves }: MeasuresData): Panel {
  const lines = curves.map(({ name, mean, values }): Line => {
    const points = values.flatMap((value, i) => [
      { x: (100 * i) / values.length, y: value },
      { x: (100 * (i + 1)) / values.length, y: value },
    ]);
    return { name: `${name}: mean ${mean.toFixed(3)}`, points };
  });
  const questions = curves[0]?.values.length ?? 0;
  const single = curves.length === 1 ? `; ${lines[0]!.name}` : "";
  return {
    kind: "lines",
    title: `Answers by ${unit}`,
    note: `${questions} questions${single}`,
    x: SHARE,
    y: NDCG,
    lines,
  };
}
