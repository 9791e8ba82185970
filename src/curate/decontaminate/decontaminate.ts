/** Decontamination: finds the texts of benchmarks in the data, so that a model is not tested on what it was taught. */
import type { CurateSettings } from "../config.ts";
import type { Curated, Drop, OpenStep, Step } from "../step.ts";
import { BenchmarkIndex } from "./index.ts";

const NAME = "decontaminate";

/**
 * Sets `decontaminate.matches` (n-grams that are in a benchmark), `decontaminate.share` (share of the words that they
 * cover) and the tag `decontaminate`, the rows that were met, e.g. `gsm8k.jsonl:12`. With `decontaminateAction: drop`
 * one match drops the document. The files are read here; a broken one is an `MdpError`.
 */
const open: OpenStep = async (settings: CurateSettings): Promise<Step> => {
  const index = new BenchmarkIndex(settings.decontaminateNgram);
  for (const file of settings.decontaminate) index.addFile(file);
  const drops = settings.decontaminateAction === "drop";
  return { name: NAME, apply: (item) => look(item, index, drops) };
};
export default open;

function look(item: Curated, index: BenchmarkIndex, drops: boolean): Drop | undefined {
  const found = index.find(item.text);
  item.scores["decontaminate.matches"] = found?.matches ?? 0;
  item.scores["decontaminate.share"] = found ? found.words / found.of : 0;
  if (!found) return undefined;
  item.tags.decontaminate = found.rows;
  return drops ? { step: NAME, reason: "benchmark-text", score: found.matches, limit: 0 } : undefined;
}
