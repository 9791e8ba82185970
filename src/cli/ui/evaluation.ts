/** Measures of an evaluation as tables. */
import type { EvaluateReport, WayResult } from "../../pipelines/evaluate.ts";
import { plural } from "./format.ts";
import { renderTable } from "./table.ts";
import type { Paint } from "./terminal.ts";

const COLUMNS = [
  ["ndcg10", "nDCG@10"],
  ["recall10", "recall@10"],
  ["recall100", "recall@100"],
  ["mrr", "MRR"],
  ["map", "MAP"],
] as const;

export function renderEvaluation(report: EvaluateReport, paint: Paint): string {
  const groups = Map.groupBy(report.results, ({ kind, unit }) => `${kind ?? "all"} by ${unit}`);
  const blocks = [...groups].map(([title, results]) => {
    const head = `${paint.bold(title)} ${paint.dim(`(${plural(results[0]!.questions, "question")})`)}\n`;
    const columns = [
      "",
      ...COLUMNS.map(([, name]) => name),
      ...(results.some(({ change }) => change) ? ["change"] : []),
    ];
    return head + renderTable([columns, ...results.map(rowOf)]);
  });
  const times = Object.entries(report.milliseconds).map(
    ([way, { p50, p95 }]) => `${way} ${p50.toFixed(0)} ms (95 %: ${p95.toFixed(0)})`,
  );
  return `${blocks.join("\n")}\n${paint.dim(`a question took: ${times.join(", ")}`)}\n`;
}

/** `0.512 ±0.031`: half of the 95 % interval. */
function rowOf({ way, metrics, change }: WayResult): string[] {
  const figures = COLUMNS.map(([name]) => {
    const { mean, low, high } = metrics[name];
    return `${mean.toFixed(3)} ±${((high - low) / 2).toFixed(3)}`;
  });
  return [way, ...figures, ...(change ? [changeText(change.ndcg10)] : [])];
}

/** Of nDCG@10: `+0.013 (0.002 to 0.024)`. */
function changeText({ mean, low, high }: { mean: number; low: number; high: number }): string {
  const signed = (value: number) => `${value < 0 ? "" : "+"}${value.toFixed(3)}`;
  return `${signed(mean)} (${signed(low)} to ${signed(high)})`;
}
