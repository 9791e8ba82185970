/** Plain text: the file as it is. */
import type { Format } from "./format.ts";
import { fileDocument, readText } from "./shared/document.ts";
import { extensions } from "./shared/names.ts";

const text: Format = {
  name: "text",
  extensions: extensions.text,
  binary: false,
  rows: false,
  async *read(input, options) {
    const decoded = await readText(input, options);
    yield fileDocument(input, decoded, { kind: "text", title: titleOf(decoded.text), text: decoded.text });
  },
};
export default text;

/** A comment of AsciiDoc, a shell or C, a variable of Emacs or AsciiDoc, a heading's mark. */
const COMMENT = /^\s*(?:\/\/|#(?![ \t]*\p{Lu})|\/\*|;;|\.\. |%|<!--|:[\w-]+:(?:\s|$)|.*-\*-.*-\*-)/u;
const MARK = /^={1,6}[ \t]+|^#+[ \t]+|[ \t]+={1,6}$/g;

/** The first line that is no comment, without a heading's marks, when it is short enough to be a heading. */
export function titleOf(content: string): string | undefined {
  const line = content
    .slice(0, 2_000)
    .split("\n")
    .find((candidate) => /[\p{L}\p{N}]/u.test(candidate) && !COMMENT.test(candidate));
  const trimmed = line?.trim().replace(MARK, "");
  return trimmed && trimmed.length <= 80 && !/[.,;:]$/.test(trimmed) ? trimmed : undefined;
}
