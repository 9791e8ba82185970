/** How the training of a tokenizer looks while it runs and when it is done, and how a tokenizer is described. */
import { PaceMeter } from "../../core/progress.ts";
import type { TrainReport } from "../../pipelines/tokenizer.ts";
import type { TokenizerDetails } from "../../pipelines/tokenizer-text.ts";
import type { TrainProgress } from "../../tokenizers/train/train.ts";
import { renderFacts } from "./error.ts";
import { formatCount, formatSeconds, plural } from "./format.ts";
import { safeLine } from "./sanitize.ts";
import { renderTable } from "./table.ts";
import type { Paint } from "./terminal.ts";

const FAILURES_PRINTED = 20;

/** Makes the progress line's text; it remembers the pace. */
export function trainProgressText(vocabSize: number): (progress: TrainProgress) => string {
  const characters = new PaceMeter();
  return (progress) => {
    const { phase, texts, words, tokens } = progress;
    const read = `${plural(texts, "text")} · ${plural(words, "word")}`;
    if (phase === "learn") {
      // Unigram begins with more than it keeps.
      const towards = tokens > vocabSize ? "down to" : "of";
      return `${read} · learning: ${formatCount(tokens)} ${towards} ${plural(vocabSize, "token")}`;
    }
    const { rate } = characters.update(progress.characters);
    return rate > 0 ? `${read} · ${(rate / 1e6).toFixed(1)} M characters/s` : read;
  };
}

/** The summary: what was learned from what. */
export function renderTrainReport(report: TrainReport, paint: Paint): string {
  const { out, model, vocabSize, ids, merges, texts, characters, words, forgotten, seconds } = report;
  const lines = [
    `${paint.bold(safeLine(out))}: ${model}, ${plural(vocabSize, "token")} (${ids})${merges > 0 ? `, ${plural(merges, "merge")}` : ""}`,
    `from ${plural(texts, "text")}, ${plural(characters, "character")}, ${plural(words, "distinct word")}, in ${formatSeconds(seconds)}`,
  ];
  if (forgotten.words > 0) {
    const lost = `${plural(forgotten.words, "rare word")} that came ${plural(forgotten.occurrences, "time")}`;
    lines.push(`${lost} did not fit into memory and were left out; more fit with --max-words`);
  }
  const skipped = Object.entries(report.skipped);
  if (skipped.length > 0) {
    lines.push(`skipped: ${skipped.map(([reason, count]) => `${formatCount(count)} ${reason}`).join(", ")}`);
  }
  return `${lines.join("\n")}\n`;
}

/** What could not be read, for stderr; empty when everything could. */
export function renderTrainFailures(report: TrainReport, paint: Paint): string {
  const shown = report.failures.slice(0, FAILURES_PRINTED).map(({ path, row, reason, hint }) => {
    const where = row === undefined ? path : `${path} row ${row}`;
    return renderFacts(`${paint.yellow("failed:")} `, { message: reason, where, hint }, paint);
  });
  const more = report.rejects - shown.length;
  return shown.join("") + (more > 0 ? `${formatCount(more)} more failures\n` : "");
}

/** A tokenizer as a table. */
export function renderTokenizer(details: TokenizerDetails): string {
  const special = Object.entries(details.special).map(([role, { id, token }]) => [role, `${token} (${id})`]);
  const none = "none";
  return renderTable(
    [
      ["path", details.path],
      ["model", details.model],
      ["vocabulary", `${plural(details.vocabSize, "token")}, ids in ${details.ids}`],
      ["added tokens", details.addedTokens === null ? "unknown" : formatCount(details.addedTokens)],
      ["normalizer", details.normalizer ?? none],
      ["pre-tokenizer", details.preTokenizer ?? none],
      ["post-processor", details.postProcessor ?? none],
      ["decoder", details.decoder ?? none],
      ...special,
      ["sha256", details.sha256],
    ].map((row) => row.map(safeLine)),
  );
}
