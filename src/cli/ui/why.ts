/** Where passages are from and what became of files, for people. */
import type { FileReport, LeftOutReport, PassageOrigin, RunFacts, WhyReport } from "../../pipelines/why.ts";
import { formatCount, plural } from "./format.ts";
import { safeLine } from "./sanitize.ts";
import { renderTable } from "./table.ts";
import type { Paint } from "./terminal.ts";

type Row = [string, string];

export function renderWhy(report: WhyReport, paint: Paint): string {
  switch (report.about) {
    case "passages":
      return report.passages.map((passage) => rows(passageRows(passage), paint)).join("\n");
    case "file":
      return rows(fileRows(report), paint);
    case "no-record":
      return rows(leftOutRows(report), paint);
  }
}

const rows = (pairs: Row[], paint: Paint) => renderTable(pairs.map(([name, value]) => [paint.bold(name), value]));

function passageRows(passage: PassageOrigin): Row[] {
  const { id, path, startLine, endLine, page, row, headings, position, passages, model, chunker } = passage;
  const lines = startLine === endLine ? `line ${startLine}` : `lines ${startLine}-${endLine}`;
  const detail = [page === null ? "" : `, page ${page}`, row === null ? "" : `, row ${row}`].join("");
  const of = passages === null ? "" : ` of ${formatCount(passages)}`;
  const size = `${plural(passage.tokens, "token")}${passage.truncated ? ", of which the model saw only the first" : ""}`;
  return [
    ["passage", `${id}, ${formatCount(position)}${of}, ${size}`],
    ["from", `${safeLine(path)}, ${lines}${detail}${fileText(passage.file)}`],
    ...(headings.length > 0 ? [["under", headings.map(safeLine).join(" › ")] satisfies Row] : []),
    ["read as", passage.format],
    ["cut by", chunker === null ? "not known: the run's settings are not those of this version" : cutText(passage)],
    ["engine", `${safeLine(passage.engine)}, table ${safeLine(passage.table)}`],
    [
      "model",
      model ? `${safeLine(model.name)} (${model.fingerprint.slice(0, 12)}), ${model.dimension} dimensions` : "none",
    ],
    ["ingested as", safeLine(passage.root)],
    ["run", runText(passage.run)],
  ];
}

function cutText({ chunker, chunkTokens, overlapTokens }: PassageOrigin): string {
  return `the chunker ${chunker}, at most ${chunkTokens} tokens, ${overlapTokens} of them repeated`;
}

function fileRows(report: FileReport): Row[] {
  const { path, outcome, reason, documents, chunks, truncated, engines, kinds, problems } = report;
  const holds = `${plural(documents, "document")}, ${plural(chunks, "passage")}`;
  const cut = truncated ? `, ${formatCount(truncated)} longer than the model reads` : "";
  return [
    ["file", `${safeLine(path)}${fileText(report.file)}`],
    ["outcome", `${outcome}: ${safeLine(reason)}`],
    ["holds", `${holds}${cut}`],
    ...(kinds.length > 0 ? [["read as", kinds.join(", ")] satisfies Row] : []),
    ...(engines.length > 0 ? [["engine", engines.map(safeLine).join(", ")] satisfies Row] : []),
    ...problems.map(({ row, code, reason: why, hint }): Row => {
      const where = row === null ? "" : `row ${row}: `;
      return [code, `${where}${safeLine(why)}${hint === null ? "" : ` (${safeLine(hint)})`}`];
    }),
    ["ingested as", safeLine(report.root)],
    ["run", runText(report.run)],
  ];
}

function leftOutRows({ path, root, reason }: LeftOutReport): Row[] {
  return [
    ["file", `${safeLine(path)}, of which the project knows nothing`],
    ["why", safeLine(reason)],
    ...(root === null ? [] : [["below", safeLine(root)] satisfies Row]),
  ];
}

function fileText(file: PassageOrigin["file"]): string {
  const texts = {
    same: "",
    changed: " (the file has changed since)",
    gone: " (the file is gone)",
    unknown: " (whether it has changed is not known)",
  };
  return texts[file];
}

function runText(run: RunFacts | null): string {
  if (!run) return "not known";
  const { id, started, outcome, inputs, mdp } = run;
  const version = mdp === null ? "a version that was not noted" : `mdp ${mdp}`;
  return `${id} (${started.slice(0, 16).replace("T", " ")}, ${outcome}, ${version}): ingest ${inputs.map(safeLine).join(" ")}`;
}
