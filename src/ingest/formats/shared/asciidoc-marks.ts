/** Whether a text without a telling name is AsciiDoc: it has several of the marks that only AsciiDoc has. */

const MARKS: readonly RegExp[] = [
  /^(?:include|ifdef|ifndef|ifeval|endif)::\S*\[[^\]\n]*\]$/m,
  /^:[\w-]+:(?: .*)?$/m,
  /^\[(?:verse|source|listing|quote|horizontal|role|options|cols|subs|NOTE|TIP|WARNING|[a-z]+=)[^\]\n]*\]\n(?:[-=._*]{4,}|\S)/m,
  /^\[\[[\w.-]+\]\](?:\n|.*::$)/m,
  /\b(?:link|xref|image|linkgit|footnote):{1,2}[\w./-]+\[[^\]\n]*\]/,
  /^(?!\.\.)\S.{0,80}[^:\s]::\n[ \t]+\S/m,
  /^={2,5} \S.*\n/m,
  /^(?:NOTE|TIP|WARNING|IMPORTANT|CAUTION): \S/m,
  /^\+\n(?:-{4,}|--|\S)/m,
];
const MIN_MARKS = 3;
/** Directives of reStructuredText, headings and links of Markdown. */
const OTHERS = /^\.\. [\w-]+::|^#{2,6} \S|\]\(https?:|:\w+:`/m;

export function isAsciiDoc(text: string): boolean {
  return !OTHERS.test(text) && MARKS.filter((mark) => mark.test(text)).length >= MIN_MARKS;
}
