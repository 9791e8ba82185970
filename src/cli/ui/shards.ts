/** Sets of shards for people. */
import type { ExportReport } from "../../pipelines/shards/export.ts";
import type { InspectReport } from "../../pipelines/shards/inspect.ts";
import type { VerifyReport } from "../../pipelines/shards/verify.ts";
import type { SetFacts } from "../../shard/layout.ts";
import type { ShardIndex } from "../../shard/shard-index.ts";
import { formatBytes, formatCount, plural } from "./format.ts";
import { safeLine } from "./sanitize.ts";
import { renderTable } from "./table.ts";
import type { Paint } from "./terminal.ts";

type Row = [name: string, value: string];

/** Problems that are named; the rest is counted. */
const problemsShown = 20;

export function renderInspect(report: InspectReport, paint: Paint): string {
  if (report.kind === "set") return renderIndex(report.index, report.dir, report.bytes, paint);
  const { shard, set, path, bytes, tensors } = report;
  const facts: Row[] = [
    ["shard", safeLine(path)],
    ["size", formatBytes(bytes)],
    ["place", safeLine(`${shard.split}, number ${shard.number}`)],
    ["holds", `${plural(shard.samples, "sample")}, ${plural(shard.tokens, "token")}`],
    ...lostRows(shard),
    ...setRows(set),
  ];
  const rows = tensors.map(({ name, dtype, shape, bytes, first }) => [
    safeLine(name),
    `${dtype}[${shape.join(", ")}]`,
    formatBytes(bytes),
    `${first.join(" ")} …`,
  ]);
  return `${labelled(facts, paint)}\n${renderTable(rows)}`;
}

/** A set by its index: what it is, and a line per split. */
export function renderIndex(index: ShardIndex, dir: string, bytes: number, paint: Paint): string {
  const facts: Row[] = [
    ["set", safeLine(dir)],
    [
      "holds",
      `${plural(index.num_shards, "shard")}, ${plural(index.total_samples, "sample")}, ` +
        `${plural(index.total_tokens, "token")}, ${formatBytes(bytes)}`,
    ],
    ...(index.layout === "packed" ? [["filled", percent(index.report.efficiency)] satisfies Row] : []),
    ...lostRows(index.report),
    ...setRows(index),
  ];
  const head = ["split", "shards", "documents", "samples", "tokens"].map((name) => paint.bold(name));
  const splits = Object.entries(index.splits).map(([name, split]) => [
    safeLine(name),
    ...[split.shards, split.documents, split.samples, split.tokens].map(formatCount),
  ]);
  return `${labelled(facts, paint)}\n${renderTable([head, ...splits])}`;
}

function lostRows(counts: ShardIndex["report"] | { truncated_tokens: number; dropped_tokens: number }): Row[] {
  const lost = counts.truncated_tokens + counts.dropped_tokens;
  if (lost === 0) return [];
  return [["lost", `${formatCount(counts.truncated_tokens)} truncated, ${formatCount(counts.dropped_tokens)} dropped`]];
}

function setRows(set: SetFacts): Row[] {
  const overlap = set.row_overlap ? " that overlap by one token" : "";
  const packing = `rows of ${formatCount(set.seq_len ?? 0)}${overlap}, ${set.packing}, long documents ${set.long_documents === "truncate" ? "cut off" : "cut into pieces"}`;
  return [
    ["layout", set.layout === "flat" ? "flat" : packing],
    ["files", `${set.format}, compression ${set.compression}`],
    ["tokenizer", safeLine(`${set.tokenizer.name}, ${formatCount(set.vocab_size)} tokens, ${set.dtype}`)],
    ["fingerprint", safeLine(set.fingerprint)],
  ];
}

export function renderVerify({ dir, shards, bytes, tokens, problems }: VerifyReport, paint: Paint): string {
  const read = `${plural(shards, "shard")}, ${plural(tokens, "token")}, ${formatBytes(bytes)}`;
  if (problems.length === 0) return `${paint.green("intact:")} ${read} in ${safeLine(dir)}\n`;
  const damaged = new Set(problems.map(({ path }) => path)).size;
  const lines = problems
    .slice(0, problemsShown)
    .map(({ path, problem }) => `${paint.red(safeLine(path))}: ${safeLine(problem)}\n`);
  const rest = problems.length > problemsShown ? `and ${problems.length - problemsShown} more\n` : "";
  return `${lines.join("")}${rest}${plural(damaged, "file")} damaged; ${read} in ${safeLine(dir)}\n`;
}

export function renderExport({ to, dir, splits }: ExportReport, paint: Paint): string {
  const rows = splits.map(({ split, items, tokens, skipped, files }) => [
    safeLine(split),
    plural(items - skipped, "item"),
    plural(tokens, "token"),
    skipped === 0 ? safeLine(files.slice(0, 3).join(" ")) : `${plural(skipped, "empty item")} left out`,
  ]);
  return `${paint.bold(to)} in ${safeLine(dir)}\n${renderTable(rows)}`;
}

function labelled(rows: readonly Row[], paint: Paint): string {
  return renderTable(rows.map(([name, value]) => [paint.bold(name), value]));
}

function percent(share: number): string {
  return `${(share * 100).toFixed(2)} %`;
}
