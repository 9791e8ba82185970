/** How an ingest looks while it runs and when it is done. */
import { PaceMeter } from "../../core/progress.ts";
import type { Failure, IngestProgress, IngestReport } from "../../pipelines/ingest.ts";
import { renderFacts } from "./error.ts";
import { formatCount, formatSeconds, plural } from "./format.ts";
import { safeLine } from "./sanitize.ts";
import type { Paint } from "./terminal.ts";

/** Failures that are printed; all of them are in the rejects file. */
const FAILURES_PRINTED = 20;

/** How to see what was left out, and to have it. */
const HOW: Readonly<Record<string, string>> = { generated: " (mdp list --skipped; --generated takes them in)" };

/** Makes the progress line's text; it remembers the pace. */
export function ingestProgressText(): (progress: IngestProgress) => string {
  const files = new PaceMeter();
  const tokens = new PaceMeter();
  return (progress) => {
    const { phase, scanned, items, done } = progress;
    if (phase === "scan") return `scanning: ${plural(scanned, "file")}`;
    if (phase === "index") return "updating the indices";
    if (phase === "vectors") return vectorsText(progress, tokens.update(progress.tokens).rate);
    const { remaining } = files.update(done, items);
    const { rate } = tokens.update(progress.tokens);
    const parts = [
      `${formatCount(done)}/${plural(items, "file")}`,
      plural(progress.embedded, "chunk"),
      ...(rate > 0 ? [`${formatCount(Math.round(rate))} tokens/s`] : []),
      ...(remaining === null || done >= items ? [] : [`${formatSeconds(remaining)} left`]),
      ...(progress.current === undefined ? [] : [progress.current]),
    ];
    return parts.join(" · ");
  };
}

function vectorsText({ embedded, waiting }: IngestProgress, rate: number): string {
  const pace = rate > 0 ? ` · ${formatCount(Math.round(rate))} tokens/s` : "";
  return `text can be searched · vectors: ${formatCount(embedded)}/${plural(waiting, "chunk")}${pace}`;
}

/** The summary: what changed, what is there now, what it took. */
export function renderIngestReport(report: IngestReport, paint: Paint): string {
  const { chunks } = report;
  const changes = (["added", "updated", "moved", "deleted", "unchanged"] as const)
    .filter((what) => report[what] > 0)
    .map((what) => `${formatCount(report[what])} ${what}`);
  const lines = [
    `${paint.bold(plural(report.scanned, "file"))}: ${changes.length > 0 ? changes.join(", ") : "nothing to do"}`,
    `${plural(chunks.total, "chunk")}: ${formatCount(chunks.embedded)} embedded, ${cachedOf(chunks)}${formatCount(chunks.kept)} kept, ${formatCount(chunks.removed)} removed`,
    `${plural(report.tokens, "token")} in ${formatSeconds(report.seconds.total)}`,
  ];
  if (report.seconds.text !== null) lines.push(`text could be searched after ${formatSeconds(report.seconds.text)}`);
  if (report.truncated > 0) {
    lines.push(`${plural(report.truncated, "chunk")} longer than the model takes: the vector leaves out their ends`);
  }
  const skipped = Object.entries(report.skipped).filter(([, count]) => count > 0);
  if (skipped.length > 0) {
    lines.push(
      `skipped: ${skipped.map(([reason, count]) => `${formatCount(count)} ${reason}${HOW[reason] ?? ""}`).join(", ")}`,
    );
  }
  for (const [path, guess] of Object.entries(report.guesses)) {
    lines.push(`${safeLine(path)}: ${safeLine(guess)}`);
  }
  return `${lines.join("\n")}\n`;
}

/** Those whose vectors were in the cache, where there are any. */
function cachedOf({ cached }: IngestReport["chunks"]): string {
  return cached > 0 ? `${formatCount(cached)} from the cache, ` : "";
}

/** A round of `mdp watch` in one line. */
export function renderRound(report: IngestReport, paint: Paint): string {
  const { chunks, seconds } = report;
  const changes = (["added", "updated", "moved", "deleted"] as const)
    .filter((what) => report[what] > 0)
    .map((what) => `${formatCount(report[what])} ${what}`);
  const what = changes.length > 0 ? changes.join(", ") : "nothing changed";
  const counts = `${plural(chunks.embedded, "chunk")} embedded, ${cachedOf(chunks)}${formatCount(chunks.total)} in all`;
  return `${paint.bold(what)}: ${counts}, ${formatSeconds(seconds.total)}\n`;
}

/** What went wrong, for stderr; empty when nothing did. */
export function renderFailures(report: IngestReport, paint: Paint): string {
  const shown = report.failures.slice(0, FAILURES_PRINTED);
  let text = shown.map((failure) => renderFailure(failure, paint)).join("");
  const rejects = report.rejectsFile === null ? "" : `; all of them: ${safeLine(report.rejectsFile)}`;
  const more = report.failures.length - shown.length;
  if (more > 0) text += `${formatCount(more)} more failures${rejects}\n`;
  if (report.stillFailing > 0) {
    text += `${plural(report.stillFailing, "file")} failing as before and unchanged${rejects}\n`;
  }
  return text;
}

function renderFailure({ path, row, field, reason, hint }: Failure, paint: Paint): string {
  const place = [path, row === undefined ? "" : ` row ${row}`, field === undefined ? "" : ` field ${field}`].join("");
  return renderFacts(`${paint.yellow("failed:")} `, { message: reason, where: place, hint }, paint);
}
