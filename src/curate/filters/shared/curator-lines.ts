/** What NeMo Curator's English heuristics count in lines and paragraphs. */
import { codePoints, stripped } from "../../shared/text/characters.ts";
import { linesOf } from "../../shared/text/lines.ts";
import { countSplitParagraphs } from "../../shared/text/paragraphs.ts";
import { c4Suspect, factShift, flagsFact } from "../../shared/text/word-table.ts";
import { stretchesOf } from "../../shared/text/words.ts";

const endMarks = ".?!\"'";
const bullets = "•‣⁃⁌⁍∙○●◘◦⦾⦿";
const ellipses = ["...", "[...]", "…", "(...)", "[…]", "-»", "read more..", "read more"];
const longestEllipsis = 11;

const policies = [
  "terms of use",
  "privacy policy",
  "cookie policy",
  "uses cookies",
  "privacy overview",
  "use of cookies",
  "use cookies",
  "privacy & cookies policy",
  "privacy and cookies policy",
  "necessary cookies are absolutely essential for the website to function properly. this category only includes cookies " +
    "that ensures basic functionalities and security features of the website. these cookies do not store any personal " +
    "information.",
  "any cookies that may not be particularly necessary for the website to function and is used specifically to collect " +
    "user personal data via analytics, ads, other embedded contents are termed as non-necessary cookies. it is mandatory " +
    "to procure user consent prior to running these cookies on your website.",
  "if you continue to browse this site without changing your cookie settings, you agree to this use. acceptread more",
];

/** Shares of the lines that are not blank. */
export function measureLines(text: string) {
  const lines = linesOf(text);
  let inked = 0;
  let unique = 0;
  let points = 0;
  let uniquePoints = 0;
  let unfinished = 0;
  let withEllipsis = 0;
  let withBullet = 0;
  for (let line = 0; line < lines.count; line++) {
    const start = lines.inkStarts[line]!;
    const end = lines.inkEnds[line]!;
    if (start === end) continue;
    inked++;
    points += lines.points[line]!;
    if (lines.firstEqual[line] === line) {
      unique++;
      uniquePoints += lines.points[line]!;
    }
    if (!endMarks.includes(text[end - 1]!)) unfinished++;
    if (bullets.includes(text[start]!)) withBullet++;
    const tail = text.slice(Math.max(start, end - longestEllipsis), end).toLowerCase();
    if (ellipses.some((ellipsis) => tail.endsWith(ellipsis))) withEllipsis++;
  }
  const share = (count: number, ofNone: number) => (inked === 0 ? ofNone : count / inked);
  return {
    uniqueLines: share(unique, 0),
    uniqueLineChars: points === 0 ? 0 : uniquePoints / points,
    unfinishedLines: share(unfinished, 1),
    ellipsisLines: share(withEllipsis, 1),
    bulletLines: share(withBullet, 1),
  };
}

/** Shares of what stands between two newlines. */
export function measureParagraphs(text: string) {
  const { count, duplicates, duplicatePoints } = countSplitParagraphs(text);
  // Every paragraph but the last is followed by two newlines.
  const points = codePoints(text) - 2 * (count - 1);
  const isBlank = stretchesOf(text).count === 0;
  return {
    boilerplate: boilerplateShare(text, count),
    uniqueParagraphs: isBlank ? 0 : (count - duplicates) / count,
    uniqueParagraphChars: isBlank ? 0 : (points - duplicatePoints) / points,
  };
}

function boilerplateShare(text: string, count: number): number {
  const { ids, count: stretches, table } = stretchesOf(text);
  let suspect = false;
  for (let i = 0; i < stretches && !suspect; i++)
    suspect = (table.facts[(ids[i]! << factShift) + flagsFact]! & c4Suspect) !== 0;
  // "Privacy overview" is the one phrase without a word that is marked.
  if (!suspect && !/privacy overview/i.test(text)) return 0;
  let found = 0;
  for (const part of text.split("\n\n")) {
    const paragraph = stripped(part).toLowerCase();
    if (paragraph.includes("lorem ipsum")) return 1;
    if (policies.some((policy) => paragraph.includes(policy))) found++;
  }
  return found / count;
}
