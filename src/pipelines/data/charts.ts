/** The statistics of an output as one SVG, or as an HTML page around it: bars, no scripts, nothing loaded. */
import type { Manifest } from "./output.ts";

const WIDTH = 760;
const LABEL = 250;
const BAR = 380;
const ROW = 20;
const HEAD = 44;

interface Chart {
  title: string;
  rows: { label: string; count: number }[];
}

/** What is drawn: outcomes, reasons of drops, languages, lengths. */
export function chartsOf({ report, command }: Manifest): Chart[] {
  const { kept, dropped, duplicates, empty, lengths } = report;
  const reasons = report.steps
    .flatMap(({ name, dropped: reasons }) =>
      Object.entries(reasons).map(([reason, count]) => ({ label: `${name}: ${reason}`, count })),
    )
    .sort((a, b) => b.count - a.count);
  const languages = Object.entries(report.languages)
    .map(([label, count]) => ({ label, count }))
    .sort((a, b) => b.count - a.count)
    .slice(0, 20);
  const outcomes = { kept, dropped, copies: duplicates, empty };
  const charts = [
    { title: "documents", rows: Object.entries(outcomes).map(([label, count]) => ({ label, count })) },
    { title: "reasons for dropping", rows: reasons },
    { title: "languages", rows: languages },
    { title: "characters of a document that was read", rows: histogram(lengths.read) },
    { title: "characters of a document that passed the filters", rows: histogram(lengths.kept) },
    ...(command === "shard" ? [{ title: "tokens of a document", rows: histogram(lengths.tokens) }] : []),
  ];
  return charts.filter(({ rows }) => rows.length > 0);
}

function histogram(counts: readonly number[]): Chart["rows"] {
  const first = counts.findIndex((count) => count > 0);
  if (first === -1) return [];
  return counts.slice(first).map((count, at) => {
    const i = first + at;
    return { label: `${i === 0 ? 0 : 2 ** i} to ${2 ** (i + 1) - 1}`, count };
  });
}

export function renderSvg(manifest: Manifest): string {
  let y = 0;
  const parts = chartsOf(manifest).map((chart) => {
    const top = y;
    y += HEAD + chart.rows.length * ROW;
    return renderChart(chart, top);
  });
  const style =
    "text{font:13px system-ui,sans-serif;fill:#1b1f24}.t{font-weight:600;font-size:15px}.n{fill:#57606a}rect{fill:#3b82c4}";
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${y + 20}" viewBox="0 0 ${WIDTH} ${y + 20}"><style>${style}</style>${parts.join("")}</svg>\n`;
}

function renderChart({ title, rows }: Chart, top: number): string {
  const most = Math.max(1, ...rows.map(({ count }) => count));
  const bars = rows.map(({ label, count }, i) => {
    const y = top + HEAD + i * ROW;
    const width = count === 0 ? 0 : Math.max(1, (count / most) * BAR);
    return [
      `<text x="${LABEL - 8}" y="${y + 4}" text-anchor="end">${escaped(label)}</text>`,
      `<rect x="${LABEL}" y="${y - 8}" width="${width.toFixed(1)}" height="14" rx="2"/>`,
      `<text class="n" x="${(LABEL + width + 8).toFixed(1)}" y="${y + 4}">${count.toLocaleString("en-US")}</text>`,
    ].join("");
  });
  return `<text class="t" x="12" y="${top + 22}">${escaped(title)}</text>${bars.join("")}`;
}

export function renderHtml(manifest: Manifest): string {
  const { command, fingerprint, report } = manifest;
  const facts = `${report.documents.toLocaleString("en-US")} documents read, ${report.kept.toLocaleString("en-US")} kept`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>mdp ${command}</title>
<style>body{font:15px system-ui,sans-serif;margin:2rem auto;max-width:${WIDTH}px;color:#1b1f24}code{color:#57606a}</style></head>
<body><h1>mdp ${command}</h1><p>${facts} · <code>${fingerprint}</code></p>
${renderSvg(manifest)}</body></html>
`;
}

const ESCAPES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
const escaped = (text: string) => text.replace(/[&<>"]/g, (char) => ESCAPES[char]!);
