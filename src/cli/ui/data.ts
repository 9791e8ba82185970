/** How the commands of `mdp data` look. */
import { chartsOf } from "../../pipelines/data/charts.ts";
import type { DataDiff } from "../../pipelines/data/diff.ts";
import type { LoggedRun } from "../../pipelines/data/history.ts";
import type { Manifest } from "../../pipelines/data/output.ts";
import type { Sample } from "../../pipelines/data/sample.ts";
import type { DataVerifyReport } from "../../pipelines/data/verify.ts";
import { formatCount, plural } from "./format.ts";
import { renderBars } from "./histogram.ts";
import { safeLine, safeText } from "./sanitize.ts";
import { renderTable } from "./table.ts";
import type { Paint } from "./terminal.ts";

/** Inputs that are named one by one. */
const NAMED = 10;

export function renderStats(manifest: Manifest, paint: Paint): string {
  return chartsOf(manifest)
    .map(({ title, rows }) => `${paint.bold(title)}\n${renderBars(rows)}`)
    .join("\n");
}

export function renderSample(samples: readonly Sample[], paint: Paint): string {
  return samples
    .map((sample) => {
      if ("texts" in sample) {
        const head = paint.bold(`row of ${plural(sample.tokens, "token")}, ${plural(sample.texts.length, "document")}`);
        return `${head}\n${sample.texts.map((text) => safeText(text)).join(`\n${paint.dim("―")}\n`)}\n`;
      }
      return `${paint.bold(safeLine(sample.id))}\n${safeText(sample.text)}\n`;
    })
    .join("\n");
}

export function renderDiff(diff: DataDiff, paint: Paint): string {
  if (diff.same) return "the same settings over the same contents\n";
  const { added, removed, changed, unchanged } = diff.inputs;
  const inputs = [
    `${plural(added.length, "input")} added, ${formatCount(removed.length)} removed, ${formatCount(changed.length)} changed, ${formatCount(unchanged)} unchanged`,
    ...named("+", added),
    ...named("-", removed),
    ...named("~", changed),
  ];
  const rows = (pairs: Record<string, [unknown, unknown]>) =>
    renderTable(Object.entries(pairs).map(([name, [a, b]]) => [`  ${name}`, shown(a), "→", shown(b)]));
  const parts = [`${paint.bold("inputs")}\n${inputs.map((line) => `  ${line}\n`).join("")}`];
  if (Object.keys(diff.settings).length > 0) parts.push(`${paint.bold("settings")}\n${rows(diff.settings)}`);
  if (Object.keys(diff.counts).length > 0) parts.push(`${paint.bold("counts")}\n${rows(diff.counts)}`);
  return parts.join("");
}

function named(sign: string, inputs: readonly string[]): string[] {
  const more = inputs.length - NAMED;
  const lines = inputs.slice(0, NAMED).map((input) => `${sign} ${safeLine(input)}`);
  return more > 0 ? [...lines, `${sign} ${formatCount(more)} more`] : lines;
}

function shown(value: unknown): string {
  if (typeof value === "number") return formatCount(value);
  return value === null ? "-" : safeLine(JSON.stringify(value));
}

export function renderLog(runs: readonly LoggedRun[], paint: Paint): string {
  return renderTable(
    runs.map(({ time, command, fingerprint, kept, tokens, tags, current }) => [
      time.slice(0, 19).replace("T", " "),
      command,
      fingerprint.slice(0, 12),
      plural(kept, "document"),
      tokens > 0 ? plural(tokens, "token") : "",
      [...tags, ...(current ? ["(now)"] : [])].map((tag) => paint.bold(tag)).join(" "),
    ]),
  );
}

export function renderVerify({ outputs, inputs, problems }: DataVerifyReport, paint: Paint): string {
  const lines = problems.map(({ path, problem }) => `${paint.yellow("wrong:")} ${safeLine(path)}: ${problem}\n`);
  const checked = `${plural(outputs, "file")}${inputs > 0 ? ` and ${plural(inputs, "input")}` : ""} checked`;
  return `${lines.join("")}${checked}: ${problems.length === 0 ? "all as the manifest says" : plural(problems.length, "problem")}\n`;
}
