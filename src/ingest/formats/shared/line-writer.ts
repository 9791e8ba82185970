/** Writes text line by line, and remembers which line of the source each came from. */
import type { Segment } from "../../../core/document.ts";

export class LineWriter {
  readonly segments: Segment[] = [];
  readonly #lines: string[] = [];
  #length = 0;
  /** Source line that the next one has when nothing is left out. */
  #expected = 0;
  #blank = false;

  get text(): string {
    return this.#lines.join("\n");
  }

  /** One line of text, or several that all stand on the same source line. */
  add(text: string, source: number): void {
    if (text.trim() === "") {
      this.blank();
      return;
    }
    if (this.#blank && this.#lines.length > 0) this.#push("");
    this.#blank = false;
    const start = this.#lines.length === 0 ? 0 : this.#length + 1;
    if (source !== this.#expected || this.#lines.at(-1) === "") this.segments.push({ start, line: source });
    this.#push(text);
    this.#expected = source + 1;
  }

  /** A line as it is, blank or not: code. */
  verbatim(text: string, source: number): void {
    if (text.trim() !== "") this.add(text, source);
    else if (this.#lines.length > 0) {
      this.#push("");
      this.#expected = source + 1;
    }
  }

  /** At least one blank line before what follows. */
  blank(): void {
    this.#blank = true;
  }

  #push(line: string): void {
    this.#length += line.length + (this.#lines.length === 0 ? 0 : 1);
    this.#lines.push(line);
  }
}
