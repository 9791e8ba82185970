/** Personal data: found with checksums and context, then redacted, replaced by stable fake values, or only tagged. */
import { UsageError } from "../../core/errors.ts";
import { closest } from "../../core/suggest.ts";
import type { CurateSettings } from "../config.ts";
import type { Curated, Step } from "../step.ts";
import { type PiiKind, type PiiSpan, piiKinds } from "./pii/detector.ts";
import { type MakeFake, openFakes } from "./pii/fakes.ts";
import { findPii } from "./pii/find.ts";

/** What stands for a span. */
type Stand = (kind: PiiKind, value: string) => string;

const labels = Object.fromEntries(
  piiKinds.map((kind) => [kind, `[${kind.toUpperCase().replace("-", "_")}]`]),
) as Record<PiiKind, string>;

/** After a redaction a neighbour can come to light that stood too close before; each round shortens what is left. */
const maxRounds = 8;

export default async function open(settings: CurateSettings): Promise<Step> {
  const kinds = settings.piiKinds.map(kindOf);
  const fake: MakeFake = openFakes(settings.piiKey);
  const stand: Stand = settings.pii === "replace" ? fake : (kind) => labels[kind];
  return {
    name: "pii",
    apply(item) {
      if (settings.pii === "off") return undefined;
      let spans = findPii(item.text, kinds);
      report(item, spans);
      if (settings.pii === "tag") return undefined;
      for (let round = 0; spans.length > 0 && round < maxRounds; round++) {
        item.text = substitute(item.text, spans, stand);
        spans = findPii(item.text, kinds);
      }
      return undefined;
    },
  };
}

function kindOf(name: string): PiiKind {
  const kind = piiKinds.find((known) => known === name);
  if (kind) return kind;
  const near = closest(name, [...piiKinds]);
  throw new UsageError(
    `unknown kind of personal data "${name}"`,
    `${near ? `did you mean "${near}"? ` : ""}known: ${piiKinds.join(", ")}`,
  );
}

/** Sets `pii.spans`, `pii.<kind>` for each kind that was found, and the tag `pii`: where, in the text as it was given. */
function report(item: Curated, spans: readonly PiiSpan[]): void {
  if (spans.length === 0) {
    item.scores["pii.spans"] ??= 0;
    return;
  }
  item.scores["pii.spans"] = spans.length;
  item.tags.pii = spans.map(({ kind, start, end }) => `${kind}:${start}-${end}`);
  const counts = new Map<string, number>();
  for (const { kind } of spans) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  for (const [kind, count] of counts) item.scores[`pii.${kind}`] = count;
}

function substitute(text: string, spans: readonly PiiSpan[], stand: Stand): string {
  const parts: string[] = [];
  let end = 0;
  for (const span of spans) {
    parts.push(text.slice(end, span.start), stand(span.kind, text.slice(span.start, span.end)));
    end = span.end;
  }
  parts.push(text.slice(end));
  return parts.join("");
}
