/** What the two output streams can show. */

export interface Terminal {
  readonly isTTY: boolean;
  /** Colours and marks may be used. */
  readonly color: boolean;
  readonly columns: number;
}

const DEFAULT_COLUMNS = 80;

/** @param color the user's `--color` or `--no-color`, if any */
export function terminalOf(stream: "stdout" | "stderr", color: boolean | undefined): Terminal {
  const { isTTY = false, columns } = process[stream];
  const { NO_COLOR, TERM } = process.env;
  const byDefault = isTTY && !NO_COLOR && TERM !== "dumb";
  return { isTTY, color: color ?? byDefault, columns: columns || DEFAULT_COLUMNS };
}

export interface Paint {
  bold(text: string): string;
  dim(text: string): string;
  red(text: string): string;
  green(text: string): string;
  yellow(text: string): string;
  cyan(text: string): string;
  /** A word that was searched for. */
  mark(text: string): string;
}

const sgr = (on: number | string, off: number | string) => (text: string) => `\x1b[${on}m${text}\x1b[${off}m`;
const same = (text: string) => text;

const COLORS: Paint = {
  bold: sgr(1, 22),
  dim: sgr(2, 22),
  red: sgr(31, 39),
  green: sgr(32, 39),
  yellow: sgr(33, 39),
  cyan: sgr(36, 39),
  mark: sgr("1;33", "22;39"),
};
const PLAIN: Paint = { bold: same, dim: same, red: same, green: same, yellow: same, cyan: same, mark: same };

export function paintFor({ color }: Pick<Terminal, "color">): Paint {
  return color ? COLORS : PLAIN;
}
