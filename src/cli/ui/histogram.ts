/** Counts as bars. */
import { formatCount } from "./format.ts";
import { renderTable } from "./table.ts";

const BAR_COLUMNS = 40;
const EIGHTHS = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/** One line for each row: label, count, bar. */
export function renderBars(rows: readonly { label: string; count: number }[]): string {
  const most = Math.max(1, ...rows.map(({ count }) => count));
  return renderTable(
    rows.map(({ label, count }) => {
      const eighths = Math.ceil((count / most) * BAR_COLUMNS * 8);
      return [`  ${label}`, formatCount(count), "█".repeat(eighths >> 3) + EIGHTHS[eighths & 7]!];
    }),
  );
}

/** @param counts how many values lie in `2^i` to `2^(i+1) - 1`, by `i` */
export function renderHistogram(counts: readonly number[]): string {
  const first = counts.findIndex((count) => count > 0);
  if (first === -1) return "  none\n";
  return renderBars(
    counts.slice(first).map((count, at) => {
      const i = first + at;
      return { label: `${formatCount(i === 0 ? 0 : 2 ** i)}+`, count };
    }),
  );
}
