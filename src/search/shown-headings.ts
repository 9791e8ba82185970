/** Headings that a passage shows itself. */

/** Lines at a passage's beginning among which its own headings stand. */
const LINES = 8;

/** The first lines of a passage as a heading would be written in one of them. */
export function firstLines(text: string): string[] {
  return text
    .trim()
    .split("\n", LINES)
    .map((line) => line.replace(/^#+\s*|\s+$/g, ""));
}
