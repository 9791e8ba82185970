/** Builds Markdown-like text block by block, with pages: its lines are the lines of the text itself. */
import type { Segment } from "../../../core/document.ts";
import { normalizeText } from "./decode.ts";
import { tooLarge } from "./document.ts";

export class TextBuilder {
  readonly segments: Segment[] = [];
  readonly #limit: number;
  readonly #parts: string[] = [];
  #length = 0;
  #line = 1;
  #tight = false;
  /** A page that has begun, and has no text yet. */
  #page: number | undefined;

  /** `limit` is the most characters of the text. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get text(): string {
    return this.#parts.join("");
  }

  get isEmpty(): boolean {
    return this.#length === 0;
  }

  /** What is added from now on stands on this page. */
  page(number: number): void {
    this.#page = number;
    this.#tight = false;
  }

  /** A block of lines; tight ones that follow each other, such as a list's, stand on lines next to each other. */
  add(text: string, tight = false): void {
    const clean = normalizeText(text)
      .text.replace(/[ \t]+$/gm, "")
      .replace(/^\n+|\n+$/g, "");
    if (clean.trim() === "") return;
    if (this.#length > 0) this.#write(tight && this.#tight ? "\n" : "\n\n");
    if (this.#page !== undefined) this.segments.push({ start: this.#length, line: this.#line, page: this.#page });
    this.#page = undefined;
    this.#tight = tight;
    this.#write(clean);
  }

  /** Rows of cells as a table of Markdown, the first one its head. */
  table(rows: readonly (readonly string[])[]): void {
    this.add(tableText(rows));
  }

  heading(level: number, text: string): void {
    const line = oneLine(text);
    if (line !== "") this.add(`${"#".repeat(Math.min(6, Math.max(1, level)))} ${line}`);
  }

  #write(text: string): void {
    this.#parts.push(text);
    this.#length += text.length;
    if (this.#length > this.#limit) throw tooLarge(this.#length, this.#limit);
    for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) this.#line++;
  }
}

export function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}

/** Empty for rows without text; columns that are empty throughout are left out. */
export function tableText(rows: readonly (readonly string[])[]): string {
  const cells = rows.map((row) => row.map((cell) => oneLine(cell).replaceAll("|", "\\|")));
  const filled = cells.filter((row) => row.some((cell) => cell !== ""));
  const width = Math.max(0, ...filled.map((row) => row.length));
  const kept = Array.from({ length: width }, (_, column) => column).filter((column) =>
    filled.some((row) => (row[column] ?? "") !== ""),
  );
  if (kept.length === 0) return "";
  const lines = filled.map((row) => `| ${kept.map((column) => row[column] ?? "").join(" | ")} |`);
  return [lines[0]!, `|${" --- |".repeat(kept.length)}`, ...lines.slice(1)].join("\n");
}
