/** The statistics of an output as one SVG, or as an HTML page around it: bars. */
import { type Drawing, escaped, pageOf, svgOf } from "../../core/svg.ts";
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

export const renderSvg = (manifest: Manifest): string => svgOf(drawingOf(manifest));

export function renderHtml(manifest: Manifest): string {
  const { fingerprint, report } = manifest;
  return pageOf(drawingOf(manifest), `${factsOf(report)} · ${fingerprint}`);
}

function drawingOf(manifest: Manifest): Drawing {
  let y = 0;
  const parts = chartsOf(manifest).map((chart) => {
    const top = y;
    y += HEAD + chart.rows.length * ROW;
    return renderChart(chart, top);
  });
  const { command, report } = manifest;
  return {
    width: WIDTH,
    height: y + 20,
    title: `mdp ${command}`,
    description: `Counts of an output of mdp ${command}: ${factsOf(report)}.`,
    body: parts.join(""),
  };
}

const factsOf = ({ documents, kept }: Manifest["report"]) =>
  `${documents.toLocaleString("en-US")} documents read, ${kept.toLocaleString("en-US")} kept`;

function renderChart({ title, rows }: Chart, top: number): string {
  const most = Math.max(1, ...rows.map(({ count }) => count));
  const bars = rows.map(({ label, count }, i) => {
    const y = top + HEAD + i * ROW;
    const width = count === 0 ? 0 : Math.max(1, (count / most) * BAR);
    return [
      `<text x="${LABEL - 8}" y="${y + 4}" text-anchor="end">${escaped(label)}</text>`,
      `<rect class="bar" x="${LABEL}" y="${y - 8}" width="${width.toFixed(1)}" height="14" rx="2"/>`,
      `<text class="quiet" x="${(LABEL + width + 8).toFixed(1)}" y="${y + 4}">${count.toLocaleString("en-US")}</text>`,
    ].join("");
  });
  return `<text class="title" x="12" y="${top + 22}">${escaped(title)}</text>${bars.join("")}`;
}
