/** Where passages are from and what became of files, for people. */
import type { Fate, FileFate, NoInput } from "../../pipelines/data/origin/fate.ts";
import type { RowOrigin } from "../../pipelines/data/origin/row.ts";
import type { FileReport, LeftOutReport, PassageOrigin, RunFacts, WhyReport } from "../../pipelines/why.ts";
import { formatCount, plural } from "./format.ts";
import { safeLine } from "./sanitize.ts";
import { renderTable } from "./table.ts";
import type { Paint } from "./terminal.ts";

type Row = [string, string];

export function renderWhy(report: WhyReport | FileFate | NoInput | RowOrigin, paint: Paint): string {
  switch (report.about) {
    case "passages":
      return report.passages.map((passage) => rows(passageRows(passage), paint)).join("\n");
    case "file":
      return rows(fileRows(report), paint);
    case "no-record":
      return rows(leftOutRows(report), paint);
    case "no-input":
      return rows(
        [
          ["file", safeLine(report.path)],
          ["why", safeLine(report.reason)],
        ],
        paint,
      );
    case "output":
      return renderFate(report, paint);
    case "row":
      return renderRow(report, paint);
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
    ["cut by", chunker === null ? unknownCut(passage) : cutText(passage)],
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

function unknownCut({ run }: PassageOrigin): string {
  if (!run) return "not known: the run that wrote it is not recorded";
  return "not known: this version of mdp does not understand the run's settings";
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

/** Documents of a file that are named one by one. */
const FATES_SHOWN = 20;

function renderFate({ path, file, counts, fates, unknown }: FileFate, paint: Paint): string {
  const parts = Object.entries(counts).filter(([, count]) => count > 0);
  const summary = parts
    .map(([fate, count]) => (fate === "copy" ? plural(count, "copy", "copies") : `${formatCount(count)} ${fate}`))
    .join(", ");
  const head: Row[] = [
    ["file", `${safeLine(path)}${fileText(file)}`],
    ["documents", summary || "none"],
    ...(unknown === null ? [] : [["not known", safeLine(unknown)] satisfies Row]),
  ];
  const shown = fates.slice(0, FATES_SHOWN).map((fate) => [`  ${placeOf(fate)}`, fateText(fate)]);
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const more =
    total > shown.length ? `  and ${formatCount(total - shown.length)} more; --json names up to 1,000\n` : "";
  return `${rows(head, paint)}${renderTable(shown)}${more}`;
}

function placeOf({ id, line }: Fate): string {
  return `${line === null ? "" : `line ${formatCount(line)}: `}${id === null ? "" : safeLine(id)}`;
}

function fateText({ fate, drop, copy, reject }: Fate): string {
  if (drop) {
    const { step, reason, score, limit } = drop;
    const value = score === undefined ? "" : `: ${score}${limit === undefined ? "" : `, the limit is ${limit}`}`;
    return `dropped by ${step}, ${reason}${value}`;
  }
  if (copy) return `a copy of ${safeLine(copy.of)} (${copy.method}, ${copy.score})`;
  return reject ? `rejected, ${reject.code}: ${safeLine(reject.reason)}` : fate;
}

function renderRow({ split, row, shard, rowInShard, by, parts, changedInputs }: RowOrigin, paint: Paint): string {
  const how = by === "id" ? "by the document's id in the shard" : "by the tokens, which these documents hold";
  const head = rows(
    [
      ["row", `${formatCount(row)} of ${split}: row ${formatCount(rowInShard)} of ${safeLine(shard)}`],
      ["found", how],
    ],
    paint,
  );
  const listed = parts.map(({ segment, tokens, text, sources }) => {
    const from = sources.map(({ path, line, id }) => `    ${safeLine(path)}:${line}  ${paint.dim(safeLine(id))}\n`);
    const none = `    not found${changedInputs > 0 ? " among the inputs that are unchanged" : ": dedup or a later step has cut its text"}\n`;
    const start = safeLine(text.slice(0, 60));
    return `  ${segment}. ${plural(tokens, "token")}: ${start}\n${from.join("") || none}`;
  });
  const changed = changedInputs > 0 ? `${plural(changedInputs, "input")} changed or gone, and not looked at\n` : "";
  return `${head}${listed.join("")}${changed}`;
}
