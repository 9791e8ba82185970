/** Counts by power of two as bars. */
import { formatCount } from "./format.ts";
import { renderTable } from "./table.ts";

const BAR_COLUMNS = 40;
const EIGHTHS = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/** @param counts how many values lie in `2^i` to `2^(i+1) - 1`, by `i` */
export function renderHistogram(counts: readonly number[]): string {
  const most = Math.max(1, ...counts);
  const first = counts.findIndex((count) => count > 0);
  if (first === -1) return "  none\n";
  const rows = counts.slice(first).map((count, at) => {
    const i = first + at;
    const eighths = Math.ceil((count / most) * BAR_COLUMNS * 8);
    const bar = "█".repeat(eighths >> 3) + EIGHTHS[eighths & 7]!;
    return [`  ${formatCount(i === 0 ? 0 : 2 ** i)}+`, formatCount(count), bar];
  });
  return renderTable(rows);
}
