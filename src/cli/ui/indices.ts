/** Indices of tables for people. */
import type { IndexRebuildEntry } from "../../pipelines/index/rebuild.ts";
import type { IndexStatusEntry } from "../../pipelines/index/status.ts";
import type { IndexDetails } from "../../store/table-indices.ts";
import { holding, type Tuning, type VectorSearch } from "../../store/tuning.ts";
import { formatBytes, formatCount, plural } from "./format.ts";
import { safeLine } from "./sanitize.ts";
import { renderTable } from "./table.ts";
import type { Paint } from "./terminal.ts";

export function renderIndexStatus(entries: readonly IndexStatusEntry[], paint: Paint): string {
  return entries.map((entry) => renderEntry(entry, paint)).join("\n");
}

function renderEntry(entry: IndexStatusEntry, paint: Paint): string {
  const { rows, version, versions, fragments, smallFragments, bytesOnDisk, vectorType, dimension, tuning } = entry;
  const small = smallFragments > 0 ? ` (${smallFragments} small)` : "";
  const facts = renderTable([
    [paint.bold(safeLine(entry.engine)), `${plural(rows, "row")} in the table ${safeLine(entry.table)}`],
    ["  on disk", `${formatBytes(bytesOnDisk)}, ${plural(fragments, "file")} of rows${small}`],
    ["  versions", `${formatCount(versions)} kept, the latest is ${version}`],
    ["  vectors", `${dimension} values of ${vectorType}`],
    ["  search", searchText(entry.search)],
    ["  measured", tuning === null ? "never: mdp index tune does it" : measuredText(tuning, rows)],
  ]);
  const lines = entry.indices.map((index) => [
    `  ${safeLine(index.column)}`,
    index.type,
    `${formatCount(index.indexedRows)} indexed`,
    index.unindexedRows === 0 ? "" : paint.yellow(`${formatCount(index.unindexedRows)} not`),
    formatBytes(index.bytes),
    paint.dim(parametersText(index)),
  ]);
  return facts + renderTable(lines);
}

function measuredText(tuning: Tuning, now: number): string {
  const { recall, rows } = tuning;
  const old = holding(tuning, now) ? "" : "; the table has grown since, so that it holds no more: measure again";
  return `recall@10 ${recall.toFixed(3)} at ${plural(rows, "row")}${old}`;
}

/** `IVF_RQ, nprobes 20, refineFactor 10`, or `exact`. */
export function searchText({ index, nprobes, refineFactor, ef }: VectorSearch): string {
  const parameters = { nprobes, ef, refineFactor };
  const shown = Object.entries(parameters).filter(([, value]) => value !== undefined);
  return [index, ...shown.map(([name, value]) => `${name} ${value}`)].join(", ");
}

function parametersText({ kind, parameters }: IndexDetails): string {
  if (kind === "text") return parameters.stem === true ? `stemmed, ${parameters.language}` : "words as they are";
  const flat = (value: unknown): string =>
    typeof value === "object" && value !== null
      ? Object.entries(value)
          .map(([name, inner]) => `${name} ${flat(inner)}`)
          .join(" ")
      : String(value);
  return Object.entries(parameters)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name} ${flat(value)}`)
    .join(", ");
}

export function renderRebuilt(entries: readonly IndexRebuildEntry[], paint: Paint): string {
  return entries
    .map(({ engine, built, converted }) => {
      const head = `${paint.bold(safeLine(engine))}: ${built.length === 0 ? "no rows, no indices" : plural(built.length, "index", "indices")}\n`;
      return (
        head +
        (converted ? conversionText(converted) : "") +
        renderTable(built.map(({ column, type, seconds }) => [`  ${column}`, type, `${seconds.toFixed(1)} s`]))
      );
    })
    .join("");
}

function conversionText({ from, to, rows, waiting, model }: NonNullable<IndexRebuildEntry["converted"]>): string {
  const lines = rows > waiting ? [`${plural(rows - waiting, "vector")} of ${from} stored as ${to}`] : [];
  const by = model === null ? "" : ` by ${safeLine(model)}`;
  const next = "mdp ingest does it, from the cache where they are";
  if (waiting > 0) lines.push(`${plural(waiting, "vector")} to be made${by}: ${next}`);
  return lines.map((line) => `  ${line}\n`).join("");
}
