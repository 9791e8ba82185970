/** How a run of `shard`, `curate` or `dedup` looks while it goes on and when it is done. */
import type { Settings } from "../../config/schema.ts";
import { PaceMeter } from "../../core/progress.ts";
import type { LoadCheck } from "../../pipelines/prepare/check-load.ts";
import type { Plan } from "../../pipelines/prepare/plan.ts";
import type { Scan } from "../../pipelines/prepare/scan.ts";
import type { PrepareProgress, PrepareReport } from "../../pipelines/prepare.ts";
import { formatBytes, formatCount, formatSeconds, plural } from "./format.ts";
import { renderHistogram } from "./histogram.ts";
import { renderTable } from "./table.ts";
import type { Paint } from "./terminal.ts";

const verbs = {
  scan: "scanning",
  read: "reading and filtering",
  dedup: "looking for copies",
  finish: "finishing",
  shards: "writing shards",
} as const;

/** Makes the progress line's text; it remembers the pace of the phase. */
export function prepareProgressText(): (progress: PrepareProgress) => string {
  let phase = "";
  let meter = new PaceMeter();
  return (progress) => {
    if (progress.phase !== phase) {
      phase = progress.phase;
      meter = new PaceMeter();
    }
    const { done, total, unit } = progress;
    const { rate, remaining } = meter.update(done, total);
    const shown = unit === "bytes" ? formatBytes : formatCount;
    const parts = [`${verbs[progress.phase]}: ${shown(done)}${total > done ? ` of ${shown(total)}` : ""}`];
    if (unit !== "bytes") parts[0] += ` ${unit}`;
    if (rate > 0 && progress.phase !== "scan") parts.push(`${shown(Math.round(rate))}/s`);
    if (remaining !== null && done < total) parts.push(`${formatSeconds(remaining)} left`);
    return parts.join(" · ");
  };
}

/** What reading the shards back gave. */
export function renderLoadCheck({ batches, samples, tokens, seconds }: LoadCheck): string {
  const rate = seconds > 0 ? `, ${formatCount(Math.round(tokens / seconds))} tokens/s` : "";
  return `loaded back: ${plural(tokens, "token")} in ${plural(samples, "sample")}, ${formatCount(batches)} batches${rate}\n`;
}

/** What a dry run says. */
export function renderPlan(plan: Plan, scan: Scan, paint: Paint): string {
  const { files, bytes } = plan.inputs;
  const { curate, dedup, shard } = plan.settings;
  const lines = [
    `${paint.bold(plural(files, "file"))}, ${formatBytes(bytes)}, in ${plural(plan.tasks.length, "task")}`,
    `steps: ${[...curate.modifiers, ...curate.filters].join(", ") || "none"}`,
    `copies: ${dedup.method.join(", ") || "not looked for"}`,
    `personal data: ${curate.pii}; toxicity: ${curate.toxicity}`,
  ];
  if (plan.command === "shard") {
    const rows = shard.pack ? `rows of ${formatCount(shard.seqLen)} tokens, ${shard.packing}` : "flat tokens";
    lines.push(`shards: ${shard.shardFormat}, ${rows}, at most ${formatBytes(shard.maxShardSizeBytes)}`);
  }
  lines.push(...leftOut(scan.skipped));
  return `${lines.join("\n")}\nnothing was written\n`;
}

/** Files that were not read, by reason; nothing when there are none. */
function leftOut(skipped: Readonly<Record<string, number>>): string[] {
  const reasons = Object.entries(skipped).map(([reason, count]) => `${formatCount(count)} ${reason}`);
  return reasons.length > 0 ? [`files left out: ${reasons.join(", ")}`] : [];
}

/** The summary: what each step did, and how to switch it off. */
export function renderPrepareReport(report: PrepareReport, settings: Settings, paint: Paint, stats: boolean): string {
  const { documents, kept, dropped, duplicates, empty } = report;
  const parts = [
    `${paint.bold(plural(documents, "document"))}: ${formatCount(kept)} kept, ${formatCount(dropped)} dropped, ${formatCount(duplicates)} copies${empty > 0 ? `, ${formatCount(empty)} empty` : ""}`,
    renderTable(stepRows(report, settings)).trimEnd(),
    ...leftOut(report.inputs.skipped),
  ];
  if (report.command === "shard") parts.push(...shardLines(report, paint));
  const { total } = report.seconds;
  if (report.unchanged) parts.push("complete already: nothing was done");
  else if (total !== undefined) {
    const rate = report.inputs.bytes / total;
    parts.push(`${formatBytes(report.inputs.bytes)} in ${formatSeconds(total)}, ${formatBytes(rate)}/s`);
  }
  if (stats) {
    parts.push(`${paint.bold("characters of a kept document")}\n${renderHistogram(report.lengths.kept).trimEnd()}`);
    if (report.tokens > 0) {
      parts.push(`${paint.bold("tokens of a kept document")}\n${renderHistogram(report.lengths.tokens).trimEnd()}`);
    }
  }
  return `${parts.filter((part) => part !== "").join("\n")}\n`;
}

function stepRows(report: PrepareReport, settings: Settings): string[][] {
  const { curate, dedup } = settings;
  const off = (name: string) => `off: --without ${name}`;
  const named = new Set([...curate.modifiers, ...curate.filters, "toxicity"]);
  const rows = report.steps.map(({ name, seen, changed, dropped }) => {
    const gone = Object.values(dropped).reduce((sum, count) => sum + count, 0);
    const reasons = Object.entries(dropped)
      .sort(([, a], [, b]) => b - a)
      .slice(0, 3)
      .map(([reason, count]) => `${reason} ${formatCount(count)}`);
    const did =
      gone > 0
        ? `dropped ${formatCount(gone)} of ${formatCount(seen)}`
        : `${verbOf(name, curate)} ${formatCount(seen)}`;
    const also = changed > 0 ? `, changed ${formatCount(changed)}` : "";
    const why = reasons.length > 0 ? ` (${reasons.join(", ")})` : "";
    return [`  ${name}`, `${did}${also}${why}`, named.has(name) ? off(name) : ""];
  });
  for (const method of dedup.method.filter((name) => !curate.without.includes(name))) {
    const count = formatCount(report.dedup.methods[method] ?? 0);
    const did = method === "sentences" || method === "substring" ? `cut ${count} repeated parts` : `removed ${count}`;
    rows.push([`  ${method} copies`, did, report.command === "dedup" ? "" : off(method)]);
  }
  if (report.dedup.unverified > 0) {
    const count = formatCount(report.dedup.unverified);
    rows.push(["  unverified", `${count} candidates in earlier runs without texts; --keep-texts keeps them`, ""]);
  }
  if (curate.pii !== "off" && report.command !== "dedup" && !curate.without.includes("pii")) {
    const found = Object.entries(report.pii).map(([kind, count]) => `${kind} ${formatCount(count)}`);
    rows.push([`  pii (${curate.pii})`, found.join(", ") || "found none", off("pii")]);
  }
  return rows;
}

/** The word list for toxicity says that it is one: it cannot tell what a text means, and never drops any. */
function verbOf(name: string, { toxicityModel }: Settings["curate"]): string {
  return name === "toxicity" && toxicityModel === undefined ? "only scored, by a list of words," : "saw";
}

function shardLines(report: PrepareReport, paint: Paint): string[] {
  const { tokens, samples, shards, packing } = report;
  const percent = (share: number) => `${(100 * share).toFixed(2)} %`;
  const splits = Object.entries(report.splits).map(
    ([name, split]) => `${name} ${formatCount(split.samples)} in ${plural(split.shards, "shard")}`,
  );
  const joined =
    report.joinedSplits > 0
      ? [
          `${plural(report.joinedSplits, "document")} of earlier runs stand in another split than their cluster; none was moved`,
        ]
      : [];
  return [
    ...joined,
    `${paint.bold(plural(tokens, "token"))} in ${plural(samples, "sample")}, ${plural(shards, "shard")}: ${splits.join(", ")}`,
    `packing ${percent(packing.efficiency)}, ${formatCount(packing.paddingTokens)} padding, ${formatCount(packing.truncatedTokens)} truncated, ${formatCount(packing.droppedTokens)} dropped`,
  ];
}
