/** The frame of every drawing: one SVG, or a page around it, that loads nothing and follows light and dark. */

/** Colours that people with any colour vision tell apart (Okabe and Ito), each dark enough on white and bright enough on black. */
export const PALETTE = [
  "#0072b2",
  "#d55e00",
  "#009e73",
  "#cc79a7",
  "#b8860b",
  "#56b4e9",
  "#8a5fbf",
  "#7f7f7f",
] as const;

/** The colour of a thing by its number; after the last one they begin again. */
export const colorOf = (index: number): string => PALETTE[index % PALETTE.length]!;

/** Words in `currentColor`, so that one rule turns them over; what is drawn keeps its colours on both grounds. */
const STYLE = `
:root{color-scheme:light dark}
svg{color:#1b1f24;font:13px system-ui,sans-serif}
svg text{fill:currentColor}
svg .ground{fill:#fff}
svg .title{font-weight:600;font-size:15px}
svg .quiet{opacity:.72}
svg .grid{stroke:currentColor;stroke-opacity:.14}
svg .axis{stroke:currentColor;stroke-opacity:.5}
svg .mark{stroke:currentColor;stroke-opacity:.75;stroke-dasharray:4 3}
svg .bar{fill:${PALETTE[0]}}
@media (prefers-color-scheme:dark){svg{color:#e6e8eb}svg .ground{fill:#14171c}}`;

const PAGE_STYLE = `
body{font:15px system-ui,sans-serif;margin:2rem auto;max-width:800px;padding:0 1rem;color:#1b1f24;background:#fff}
svg{max-width:100%;height:auto}
.facts{opacity:.72}
@media (prefers-color-scheme:dark){body{color:#e6e8eb;background:#14171c}}`;

export interface Drawing {
  width: number;
  height: number;
  /** What it shows, in a few words; and in a sentence, for people who cannot see it. */
  title: string;
  description: string;
  /** SVG elements, escaped. */
  body: string;
}

export function svgOf({ width, height, title, description, body }: Drawing): string {
  const size = `width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"`;
  const told = `<title>${escaped(title)}</title><desc>${escaped(description)}</desc>`;
  const head = `<style>${STYLE.replaceAll("\n", "")}</style><rect class="ground" width="100%" height="100%"/>`;
  return `<svg xmlns="http://www.w3.org/2000/svg" role="img" ${size}>${told}${head}${body}</svg>\n`;
}

/** @param facts a line under the title, as text */
export function pageOf(drawing: Drawing, facts: string): string {
  const title = escaped(drawing.title);
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title>
<style>${PAGE_STYLE}</style></head>
<body><h1>${title}</h1><p class="facts">${escaped(facts)}</p>
${svgOf(drawing)}</body></html>
`;
}

const ESCAPES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
/** Control characters have no place in XML, not even escaped. */
const FORBIDDEN = /[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g;

export function escaped(text: string): string {
  return text
    .toWellFormed()
    .replace(FORBIDDEN, "\ufffd")
    .replace(/[&<>"]/g, (char) => ESCAPES[char]!);
}

/** A coordinate: no more digits than a screen can show, and never "-0". */
export function at(value: number): string {
  return String(Math.round(value * 10) / 10 + 0);
}
