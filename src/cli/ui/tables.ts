/** How the versions of the project's tables look. */
import type { Change } from "../../manifest/compare.ts";
import type { ChangedFile, TablesDiff } from "../../pipelines/data/tables/diff.ts";
import type { LogEntry, LoggedTable } from "../../pipelines/data/tables/log.ts";
import type { RestoreReport } from "../../pipelines/data/tables/restore.ts";
import type { Tag } from "../../pipelines/data/tables/tags.ts";
import type { TablesVerifyReport } from "../../pipelines/data/tables/verify.ts";
import { formatCount, plural } from "./format.ts";
import { safeLine } from "./sanitize.ts";
import { renderTable } from "./table.ts";
import type { Paint } from "./terminal.ts";

const when = (time: string) => time.slice(0, 19).replace("T", " ");

export function renderTablesLog(entries: readonly LogEntry[], paint: Paint): string {
  return entries
    .map((entry) => {
      const { run, what, started, outcome, tables } = entry;
      const ended = outcome === "finished" ? "" : `  ${paint.yellow(outcome)}`;
      const head = `${paint.bold(when(started))}  ${safeLine(what)}${ended}  ${paint.dim(run ?? "")}`.trimEnd();
      const rows = tables.map((table) => ["  ", ...tableRow(table)]);
      return `${head}\n${rows.length === 0 ? "    nothing changed\n" : renderTable(rows)}`;
    })
    .join("");
}

function tableRow({ table, versions, rows, added, removed, tags }: LoggedTable): string[] {
  const range =
    versions === null ? "pruned" : versions[0] === versions[1] ? `@${versions[1]}` : `@${versions[0]}-${versions[1]}`;
  const change = [added === null ? "" : `+${formatCount(added)}`, removed === null ? "" : `-${formatCount(removed)}`];
  return [
    `${safeLine(table)}${range === "pruned" ? "" : range}`,
    rows === null ? "" : plural(rows, "row"),
    change.filter(Boolean).join(" "),
    [...(range === "pruned" ? ["(versions pruned)"] : []), ...tags.map((tag) => `tag ${tag}`)].join(", "),
  ];
}

export function renderTags(tags: readonly Tag[]): string {
  return renderTable(
    tags.map(({ name, time, files, chunks, tables }) => [
      name,
      when(time),
      plural(files, "file"),
      plural(chunks, "chunk"),
      tables.map(({ name: table, version }) => `${safeLine(table)}@${version}`).join(" "),
    ]),
  );
}

export function renderTag({ name, tables, files, chunks }: Tag, deleted: boolean): string {
  if (deleted) return `the tag ${name} is removed\n`;
  const versions = tables.map(({ name: table, version }) => `${safeLine(table)}@${version}`).join(" ");
  return `${name} is ${versions}: ${plural(files, "file")}, ${plural(chunks, "chunk")}\n`;
}

export function renderRestore({ to, tables, files, documents, chunks, completed }: RestoreReport): string {
  const first = completed === null ? "" : `completed the restore to ${completed} that was cut off\n`;
  const rows = tables.map(({ name, from, to: version, rows: count }) => [
    `  ${safeLine(name)}`,
    `@${from}`,
    "→",
    version === null ? "no rows" : `as @${version}`,
    plural(count, "row"),
  ]);
  const holds = `${plural(files, "file")}, ${plural(documents, "document")}, ${plural(chunks, "chunk")}`;
  return `${first}restored ${safeLine(to)}\n${renderTable(rows)}the project holds ${holds}\n`;
}

const SIGNS = { added: "+", removed: "-", changed: "~" } as const;

export function renderChange({ change, table, id, path, startLine, endLine }: Change & { table: string }): string {
  return `${SIGNS[change]} ${id}  ${safeLine(table)}  ${safeLine(path)}:${startLine}-${endLine}\n`;
}

export function renderTablesDiff({ from, to, same, tables, files }: TablesDiff, paint: Paint): string {
  const head = `${paint.bold(`${safeLine(from)} → ${safeLine(to)}`)}\n`;
  if (same) return `${head}no difference\n`;
  const rows = tables.map(({ table, rows: [before, after], added, removed, changed }) => {
    const counts = { added, removed, changed };
    const parts = Object.entries(counts).flatMap(([name, n]) => (n ? [`${formatCount(n)} ${name}`] : []));
    return [`  ${safeLine(table)}`, `${formatCount(before)} → ${plural(after, "row")}`, parts.join(", ")];
  });
  const total = `${plural(files.added.length, "file")} added, ${formatCount(files.removed.length)} removed, ${formatCount(files.changed.length)} changed, ${formatCount(files.unchanged)} unchanged\n`;
  const listed = Object.entries(SIGNS).map(([name, sign]) => filesOf(sign, files[name as keyof typeof SIGNS]));
  return `${head}${renderTable(rows)}${total}${listed.join("")}`;
}

function filesOf(sign: string, files: readonly ChangedFile[]): string {
  return files
    .map(({ path, added, removed, changed }) => {
      const counts = [added && `+${added}`, removed && `-${removed}`, changed && `~${changed}`].filter(Boolean);
      return `  ${sign} ${safeLine(path)}  ${counts.join(" ")}\n`;
    })
    .join("");
}

export function renderTablesVerify({ tables, findings, locked }: TablesVerifyReport, paint: Paint): string {
  const lines = findings.map(({ level, code, table, message, examples }) => {
    const label = level === "problem" ? paint.yellow("wrong:") : "note: ";
    const where = table === null ? "" : `${safeLine(table)}: `;
    const named = examples.length > 0 ? `\n       ${examples.map(safeLine).join(", ")}` : "";
    return `${label} ${code}: ${where}${safeLine(message)}${named}\n`;
  });
  const wrong = findings.filter(({ level }) => level === "problem").length;
  const rows = plural(
    tables.reduce((sum, table) => sum + table.rows, 0),
    "row",
  );
  const busy = locked ? "a writer is at work: what is wrong may be what it is doing\n" : "";
  const result = wrong === 0 ? "all as the state says" : plural(wrong, "problem");
  return `${lines.join("")}${busy}${plural(tables.length, "table")} with ${rows} checked: ${result}\n`;
}
