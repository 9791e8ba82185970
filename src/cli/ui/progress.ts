/** One line on stderr that is written again and again while work goes on, and gone when it ends. */
import { terminalLog } from "../log.ts";
import { safeLine } from "./sanitize.ts";
import type { Terminal } from "./terminal.ts";

const FRAME_MS = 100;
/** Back to the line's start, and clear it. */
const CLEAR = "\r\x1b[2K";

export class ProgressLine implements Disposable {
  readonly #terminal: Terminal;
  readonly #enabled: boolean;
  #drawnAt = Number.NEGATIVE_INFINITY;
  #shown = false;

  constructor(terminal: Terminal, quiet: boolean) {
    this.#terminal = terminal;
    this.#enabled = terminal.isTTY && !quiet && terminalLog.format === "text";
  }

  /** Shows a text, at most ten times a second; the text is made only when it is shown. */
  update(text: () => string): void {
    if (!this.#enabled) return;
    const now = performance.now();
    if (now - this.#drawnAt < FRAME_MS) return;
    this.#drawnAt = now;
    this.#shown = true;
    process.stderr.write(CLEAR + Bun.sliceAnsi(safeLine(text()), 0, this.#terminal.columns - 1));
  }

  [Symbol.dispose](): void {
    if (this.#shown) process.stderr.write(CLEAR);
    this.#shown = false;
  }
}
