/** `--without language,minhash`: steps of the settings or their preset that a run leaves out. */
import type { Settings } from "../../config/schema.ts";
import { UsageError } from "../../core/errors.ts";
import { closest } from "../../core/suggest.ts";

/** The settings with the steps that `curate.without` names taken out. @throws UsageError for a step that is not in them */
export function withoutSteps(settings: Settings): Settings {
  const { curate, dedup } = settings;
  if (curate.without.length === 0) return settings;
  const known = stepsOf(settings);
  for (const name of curate.without) {
    if (known.includes(name)) continue;
    const near = closest(name, known);
    const hint = `${near ? `did you mean "${near}"? ` : ""}the steps are: ${known.join(", ") || "none"}`;
    throw new UsageError(`--without names "${name}", which is no step of this run`, hint);
  }
  const stays = (name: string) => !curate.without.includes(name);
  return {
    ...settings,
    curate: {
      ...curate,
      modifiers: curate.modifiers.filter(stays),
      filters: curate.filters.filter(stays),
      pii: stays("pii") ? curate.pii : "off",
      toxicity: stays("toxicity") ? curate.toxicity : "off",
      without: [],
    },
    dedup: { ...dedup, method: dedup.method.filter(stays) },
  };
}

function stepsOf({ curate, dedup }: Settings): string[] {
  const personal = curate.pii === "off" ? [] : ["pii"];
  const toxic = curate.toxicity === "off" ? [] : ["toxicity"];
  return [...curate.modifiers, ...curate.filters, ...toxic, ...dedup.method, ...personal];
}
