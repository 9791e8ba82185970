/** Text of documents, file names and messages made safe to print: it may be written to drive a terminal. */

/** C0 but tab and newline, DEL, C1, and the bidirectional controls that let text show in another order than it is. */
const UNSAFE = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufff9-\ufffb]/g;
/** JSON escapes C0 itself; the rest can still reach a terminal. */
const UNSAFE_IN_JSON = /[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufff9-\ufffb]/g;

/** Several lines: every control character but newline and tab becomes a visible sign. */
export function safeText(text: string): string {
  return text.replaceAll("\r\n", "\n").replace(UNSAFE, visible);
}

/** One line: newlines and tabs become visible signs too. */
export function safeLine(text: string): string {
  return text.replaceAll("\n", "\u240a").replaceAll("\t", "\u2409").replace(UNSAFE, visible);
}

/** JSON in one line that reads back as the same value and moves no cursor. */
export function jsonText(value: unknown): string {
  return JSON.stringify(value).replace(
    UNSAFE_IN_JSON,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function visible(character: string): string {
  const code = character.charCodeAt(0);
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  return code === 0x7f ? "\u2421" : "\ufffd";
}
