/** Measured searches for people. */
import type { TuneReport } from "../../pipelines/index/tune.ts";
import type { Trial } from "../../store/tune.ts";
import { formatBytes, plural } from "./format.ts";
import { searchText } from "./indices.ts";
import { safeLine } from "./sanitize.ts";
import { renderTable } from "./table.ts";
import type { Paint } from "./terminal.ts";

export function renderTuned(reports: readonly TuneReport[], paint: Paint): string {
  return reports.map((report) => renderReport(report, paint)).join("\n");
}

function renderReport(report: TuneReport, paint: Paint): string {
  const { engine, rows, queries, asked, trials, note } = report;
  const with_ = asked ? plural(queries, "question") : `${queries} of its own vectors`;
  const head = `${paint.bold(safeLine(engine))} (${plural(rows, "row")}${trials.length > 0 ? `, ${with_}` : ""})\n`;
  const noted = note === null ? "" : `${paint.yellow("note:")} ${note}\n`;
  if (trials.length === 0) return head + noted;
  const columns = ["", "index", "nprobes", "ef", "refine", "recall@10", "p50", "p95", "build", "size"];
  const lines = trials.map((trial) => rowOf(trial, report, paint));
  return `${head}${renderTable([columns, ...lines])}${noted}${verdict(report)}\n`;
}

function rowOf(trial: Trial, { chosen, target }: TuneReport, paint: Paint): string[] {
  const { index, nprobes, ef, refineFactor, recall, p50Ms, p95Ms, buildSeconds, indexBytes } = trial;
  const shown = recall.toFixed(3);
  return [
    trial === chosen ? "*" : "",
    index,
    String(nprobes ?? ""),
    String(ef ?? ""),
    String(refineFactor ?? ""),
    recall >= target ? shown : paint.dim(shown),
    `${p50Ms.toFixed(1)} ms`,
    `${p95Ms.toFixed(1)} ms`,
    index === "exact" ? "" : `${buildSeconds.toFixed(1)} s`,
    index === "exact" ? "" : formatBytes(indexBytes),
  ];
}

function verdict({ chosen, saved, target, before, trials }: TuneReport): string {
  if (chosen === null) {
    const best = Math.max(...trials.map(({ recall }) => recall));
    return `nothing reaches ${target}: the best is ${best.toFixed(3)}; the search stays ${searchText(before)}`;
  }
  const text = searchText(chosen);
  return saved ? `saved: ${text}` : `the quickest: ${text}; nothing was changed`;
}
