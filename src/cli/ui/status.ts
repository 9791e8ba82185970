/** The status of a project for people. */
import type { StatusReport, TableStatus } from "../../pipelines/status.ts";
import { renderFacts } from "./error.ts";
import { formatBytes, formatCount, plural } from "./format.ts";
import { safeLine } from "./sanitize.ts";
import { renderTable } from "./table.ts";
import type { Paint } from "./terminal.ts";

/** Failing files that are named; the rest is counted. */
const FAILURES_SHOWN = 10;

export function renderStatus(report: StatusReport, paint: Paint): string {
  const rows: [string, string][] = [
    ["project", safeLine(report.project)],
    [
      "holds",
      `${plural(report.items, "file")}, ${plural(report.documents, "document")}, ${plural(report.chunks, "chunk")}`,
    ],
    ...(report.waiting > 0
      ? [
          ["waiting", `${plural(report.waiting, "chunk")} without a vector, found by words only`] satisfies [
            string,
            string,
          ],
        ]
      : []),
    ["model", modelText(report)],
    ...report.tables.flatMap(tableRows),
    ["last run", lastRunText(report)],
  ];
  const text = renderTable(rows.map(([name, value]) => [paint.bold(name), value]));
  return text + renderFailing(report, paint);
}

function modelText({ model, fingerprint }: { model: string | null; fingerprint: string | null }): string {
  return model === null ? "none yet" : `${safeLine(model)} (${fingerprint?.slice(0, 12)})`;
}

function tableRows(table: TableStatus): [string, string][] {
  const size = `${plural(table.rows, "row")}, version ${table.version}, ${formatBytes(table.bytesOnDisk)} on disk`;
  const search = table.vectorSearch === "exact" ? "exact" : "by index, best candidates rescored";
  const engine = `${safeLine(table.engine)}${table.known ? "" : " (not in the settings: it is not searched)"}`;
  const { calls } = table;
  return [
    [`table ${table.name}`, size],
    ["  engine", `${engine}, ${plural(table.documents, "document")}, ${modelText(table)}`],
    ...(calls ? [["  calls", callsText(calls)] satisfies [string, string]] : []),
    ["  vectors", search],
    ...table.indices.map(({ column, type, coverage }): [string, string] => [
      `  ${column}`,
      `${type}, ${(coverage * 100).toFixed(coverage === 1 ? 0 : 1)} % indexed`,
    ]),
  ];
}

function callsText({ name, rows, bytesOnDisk }: NonNullable<TableStatus["calls"]>): string {
  return `${plural(rows, "execution")} in ${safeLine(name)}, ${formatBytes(bytesOnDisk)} on disk`;
}

function lastRunText({ lastRun }: StatusReport): string {
  if (!lastRun) return "none";
  const what = lastRun.report
    ? `: ${formatCount(lastRun.report.scanned)} scanned, ${formatCount(lastRun.report.chunks.embedded)} embedded`
    : "";
  return `${lastRun.outcome}, started ${lastRun.started}${what}`;
}

function renderFailing({ failures }: StatusReport, paint: Paint): string {
  if (failures.files === 0) return "";
  const shown = failures.listed.slice(0, FAILURES_SHOWN).map(({ path, row, reason, hint }) => {
    const where = row === null ? path : `${path} row ${row}`;
    return renderFacts(`${paint.yellow("failed:")} `, { message: reason, where, hint: hint ?? undefined }, paint);
  });
  return `\n${plural(failures.files, "file")} failing\n${shown.join("")}`;
}
