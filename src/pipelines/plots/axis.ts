/** Axes: round numbers at even distances, and where values lie between them. */

export interface Axis {
  /** What it counts, with its unit. */
  label: string;
  from: number;
  to: number;
  ticks: readonly { value: number; text: string }[];
}

const STEPS = [1, 2, 2.5, 5, 10];
const NUMBER = new Intl.NumberFormat("en-US", { maximumFractionDigits: 6 });

/** @param whole only whole numbers can be counted */
export function axisOf(
  label: string,
  low: number,
  high: number,
  options: { ticks?: number; whole?: boolean } = {},
): Axis {
  const { ticks = 6, whole = false } = options;
  const span = high > low ? high - low : Math.abs(low) || 1;
  const raw = span / ticks;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = Math.max(whole ? 1 : 0, power * (STEPS.find((each) => each * power >= raw * (1 - 1e-9)) ?? 10));
  const round = whole ? Math.ceil(step) : step;
  const [first, last] = [Math.floor(low / round + 1e-9), Math.ceil((low + span) / round - 1e-9)];
  const values = Array.from({ length: last - first + 1 }, (_, i) => (first + i) * round);
  // 0.30000000000000004 is 0.3.
  const marks = values.map((value) => ({ value, text: NUMBER.format(Number(value.toPrecision(10))) }));
  return { label, from: values[0]!, to: values.at(-1)!, ticks: marks };
}

/** An axis of doublings: 1, 2, 4, …; places are powers of two. */
export function doublingAxis(label: string, lowest: number, highest: number): Axis {
  const every = Math.max(1, Math.ceil((highest - lowest) / 12));
  const ticks = [];
  for (let i = lowest; i <= highest; i += every) ticks.push({ value: i, text: NUMBER.format(2 ** i) });
  return { label, from: lowest, to: highest, ticks };
}

/** Where a value lies on the axis, 0–1. */
export function place({ from, to }: Axis, value: number): number {
  return to === from ? 0 : (value - from) / (to - from);
}
