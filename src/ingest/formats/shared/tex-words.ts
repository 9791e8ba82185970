/** The words of a stretch of TeX: commands of looks are dropped, formulas kept as they are written. */

const ACCENTS: Readonly<Record<string, string>> = {
  "`": "\u0300",
  "'": "\u0301",
  "^": "\u0302",
  "~": "\u0303",
  '"': "\u0308",
  "=": "\u0304",
  ".": "\u0307",
  c: "\u0327",
  v: "\u030c",
  u: "\u0306",
  H: "\u030b",
  r: "\u030a",
};
const SYMBOLS: Readonly<Record<string, string>> = {
  ldots: "…",
  dots: "…",
  textendash: "–",
  textemdash: "—",
  ss: "ß",
  ae: "æ",
  AE: "Æ",
  oe: "œ",
  OE: "Œ",
  o: "ø",
  O: "Ø",
  aa: "å",
  AA: "Å",
  l: "ł",
  L: "Ł",
  LaTeX: "LaTeX",
  TeX: "TeX",
  BibTeX: "BibTeX",
  S: "§",
  copyright: "©",
  textbackslash: "\\",
  textasciitilde: "~",
  quad: " ",
  qquad: " ",
};
const FORMULA = /(?<!\\)\$\$?[^$]*\$\$?|\\\(.*?\\\)|\\\[.*?\\\]/;

export function plainTex(text: string): string {
  const parts = text.split(new RegExp(`(${FORMULA.source})`));
  return parts
    .map((part, i) => (i % 2 === 1 ? part : words(part)))
    .join("")
    .replace(/[ \t]+/g, " ")
    .trim();
}

function words(text: string): string {
  let result = text
    .replace(/\\(["'`^~=.])\s*\{?\\?([A-Za-z])\}?/g, (_, mark: string, letter: string) =>
      (letter + ACCENTS[mark]!).normalize("NFC"),
    )
    .replace(/\\([cvuHr])\{([A-Za-z])\}/g, (_, mark: string, letter: string) =>
      (letter + ACCENTS[mark]!).normalize("NFC"),
    )
    .replace(/\\(?:href)\{([^{}]*)\}\{([^{}]*)\}/g, "$2 ($1)")
    .replace(/\\(?:no)?cite\w*\*?(?:\[[^\]]*\])*\{([^{}]*)\}/g, "[$1]")
    .replace(/\\(?:label|index|vspace|hspace|color|fontsize)\*?\{[^{}]*\}/g, "")
    .replace(/\}\{/g, "} {")
    .replace(/\\footnote\{/g, " \\footnote{")
    .replace(/\\\\(?:\[[^\]]*\])?/g, " ");
  // From the innermost command outwards, a bounded number of levels.
  for (let level = 0; level < 8; level++) {
    const before = result;
    result = result
      .replace(/\\footnote\{([^{}]*)\}/g, "($1)")
      .replace(/\\(?:texttt|code|verb\*?)\{([^{}]*)\}/g, "`$1`")
      .replace(/\\[A-Za-z]+\*?(?:\[[^\]]*\])?\{([^{}]+)\}/g, "$1");
    if (result === before) break;
  }
  return result
    .replace(/\\verb\*?([^\sA-Za-z])(.*?)\1/g, "`$2`")
    .replace(/\\([A-Za-z]+)\*?(?:\{\})?[ \t]?/g, (_, name: string) => SYMBOLS[name] ?? "")
    .replace(/\\([#$%&_{} ])/g, "\u0001$1")
    .replace(/\\[,;:!/@-]/g, "")
    .replace(/(?<!\u0001)[{}]/g, "")
    .replaceAll("\u0001", "")
    .replace(/``|''/g, '"')
    .replace(/---/g, "—")
    .replace(/--/g, "–")
    .replaceAll("~", " ");
}
