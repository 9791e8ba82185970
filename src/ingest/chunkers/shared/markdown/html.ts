/** Where a block of raw HTML begins and what ends it (CommonMark's seven kinds, the two rarest left out). */
import type { Line } from "./line.ts";

const blockTags = new Set(
  (
    "address article aside base basefont blockquote body caption center col colgroup dd details dialog dir div dl dt " +
    "fieldset figcaption figure footer form frame frameset h1 h2 h3 h4 h5 h6 head header hr html iframe legend li link " +
    "main menu menuitem nav noframes ol optgroup option p param search section summary table tbody td tfoot th thead " +
    "title tr track ul"
  ).split(" "),
);

/** Longest beginning of a line that is looked at, in characters. */
const longestTag = 1000;

export interface HtmlBlock {
  /** Ends the block on the line where it stands; undefined: a blank line ends it. */
  until: string | undefined;
  /** Whether it may begin in the middle of a paragraph. */
  interrupts: boolean;
}

export function htmlBlockOf(text: string, line: Line): HtmlBlock | undefined {
  if (line.indent > 3 || text.charCodeAt(line.first) !== 60) return undefined;
  const head = text.slice(line.first, Math.min(line.end, line.first + longestTag));
  const raw = /^<(script|pre|style|textarea)(?=[\s>]|$)/i.exec(head);
  if (raw) return { until: `</${raw[1]!.toLowerCase()}>`, interrupts: true };
  if (head.startsWith("<!--")) return { until: "-->", interrupts: true };
  if (head.startsWith("<?")) return { until: "?>", interrupts: true };
  if (head.startsWith("<![CDATA[")) return { until: "]]>", interrupts: true };
  if (/^<![A-Za-z]/.test(head)) return { until: ">", interrupts: true };
  const tag = /^<\/?([A-Za-z][A-Za-z0-9-]*)(?=[\s/>]|$)/.exec(head)?.[1];
  if (tag === undefined) return undefined;
  if (blockTags.has(tag.toLowerCase())) return { until: undefined, interrupts: true };
  if (/^<\/?[A-Za-z][A-Za-z0-9-]*(\s[^<>]*)?\/?>\s*$/.test(head)) return { until: undefined, interrupts: false };
  return undefined;
}
