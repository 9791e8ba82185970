/** The title of a text that has no markup for it. */

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
