/** The losses of a run as a picture: a small SVG, and one line of blocks for a terminal. */
import type { Metrics } from "./metrics.ts";

const WIDTH = 720;
const HEIGHT = 360;
const MARGIN = { left: 56, right: 16, top: 16, bottom: 36 };
const BLOCKS = "▁▂▃▄▅▆▇█";
const COLORS = { train: "#2563eb", val: "#dc2626" } as const;

interface Point {
  step: number;
  loss: number;
}

/** An SVG of the training and validation losses by step; losses that are not finite are left out. */
export function lossCurveSvg(metrics: readonly Metrics[]): string {
  const train = pointsOf(metrics, "train");
  const validation = pointsOf(metrics, "val");
  const all = [...train, ...validation];
  const steps = rangeOf(all.map(({ step }) => step));
  const losses = rangeOf(all.map(({ loss }) => loss));
  const x = (step: number) => scale(step, steps, MARGIN.left, WIDTH - MARGIN.right);
  const y = (loss: number) => scale(loss, losses, HEIGHT - MARGIN.bottom, MARGIN.top);
  const line = (points: readonly Point[], color: string) =>
    points.length === 0
      ? ""
      : `<polyline fill="none" stroke="${color}" stroke-width="1.5" points="` +
        `${points.map((p) => `${x(p.step).toFixed(1)},${y(p.loss).toFixed(1)}`).join(" ")}"/>` +
        points.map((p) => dot(x(p.step), y(p.loss), color, `step ${p.step}: ${p.loss.toFixed(4)}`)).join("");
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((part) => {
    const loss = losses.min + part * (losses.max - losses.min);
    const step = Math.round(steps.min + part * (steps.max - steps.min));
    return (
      `<path stroke="#e5e7eb" d="M${MARGIN.left} ${y(loss).toFixed(1)}H${WIDTH - MARGIN.right}"/>` +
      `<text x="${MARGIN.left - 6}" y="${(y(loss) + 4).toFixed(1)}" text-anchor="end">${loss.toFixed(2)}</text>` +
      `<text x="${x(step).toFixed(1)}" y="${HEIGHT - MARGIN.bottom + 16}" text-anchor="middle">${step}</text>`
    );
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="11">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#ffffff"/>`,
    ...ticks,
    line(train, COLORS.train),
    line(validation, COLORS.val),
    `<text x="${WIDTH - MARGIN.right}" y="28" text-anchor="end" fill="${COLORS.train}">training loss</text>`,
    `<text x="${WIDTH - MARGIN.right}" y="44" text-anchor="end" fill="${COLORS.val}">validation loss</text>`,
    `<text x="${WIDTH / 2}" y="${HEIGHT - 6}" text-anchor="middle">step</text>`,
    "</svg>",
    "",
  ].join("\n");
}

/** The training losses as one line of blocks, at most `width` of them; each is the mean of its share of reports. */
export function sparkline(metrics: readonly Metrics[], width = 40): string {
  const losses = pointsOf(metrics, "train").map(({ loss }) => loss);
  const count = Math.min(width, losses.length);
  const means = Array.from({ length: count }, (_, i) => {
    const part = losses.slice(Math.floor((i * losses.length) / count), Math.floor(((i + 1) * losses.length) / count));
    return part.reduce((sum, loss) => sum + loss, 0) / part.length;
  });
  const { min, max } = rangeOf(means);
  return means.map((mean) => BLOCKS[Math.round(((mean - min) / (max - min)) * (BLOCKS.length - 1))]).join("");
}

function pointsOf(metrics: readonly Metrics[], kind: Metrics["kind"]): Point[] {
  return metrics.filter((entry) => entry.kind === kind && Number.isFinite(entry.loss));
}

/** Never empty, so that every number has its place. */
function rangeOf(values: readonly number[]): { min: number; max: number } {
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    min = Math.min(min, value);
    max = Math.max(max, value);
  }
  if (min > max) return { min: 0, max: 1 };
  return min === max ? { min, max: min + 1 } : { min, max };
}

function scale(value: number, { min, max }: { min: number; max: number }, from: number, to: number): number {
  return from + ((value - min) / (max - min)) * (to - from);
}

function dot(x: number, y: number, color: string, title: string): string {
  return `<circle cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" r="1.8" fill="${color}"><title>${title}</title></circle>`;
}
