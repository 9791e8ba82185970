/** Makes the plan of a set from the lengths of all documents. */
import { UsageError } from "../../core/errors.ts";
import { layoutVersion, type SetFacts } from "../layout.ts";
import { tokenBytesOf } from "../staging/token-file.ts";
import { TokenFileReader } from "../staging/token-file-reader.ts";
import { limitsOf } from "./limits.ts";
import type { PlanSettings, ShardPlan } from "./plan.ts";
import { splitPlanner } from "./planners.ts";

export interface PlanRequest {
  /** Paths in the global order of their documents. */
  tokenFiles: readonly string[];
  settings: PlanSettings;
  outDir: string;
}

/**
 * Plans the shards of a set; memory is bounded by the documents of one token file and one shard per split.
 *
 * @throws UsageError when a limit is smaller than one row, MdpError for a damaged token file
 */
export function planShards({ tokenFiles, settings, outDir }: PlanRequest): ShardPlan {
  const set = setFactsOf(settings);
  const headers = tokenFiles.map((path) => headerOf(path, settings));
  const plan: ShardPlan = {
    set,
    outDir,
    tokenFiles: headers.map(({ path, header: { documents, tokens } }) => ({ path, documents, tokens })),
    hasLossMask: headers.some(({ header }) => header.hasLossMask),
    tokens: headers.reduce((sum, { header }) => sum + header.tokens, 0),
    shards: [],
  };
  const limits = limitsOf(settings, set, plan.hasLossMask);
  const planners = settings.splitNames.map((_, split) => {
    let number = 0;
    return splitPlanner(settings, limits, (range) => plan.shards.push({ split, number: number++, ...range }));
  });
  let first = 0;
  for (const path of tokenFiles) {
    using file = TokenFileReader.open(path);
    const { lengths, splits } = file;
    for (let i = 0; i < lengths.length; i++) {
      const planner = planners[splits[i]!];
      if (!planner) throw unknownSplit(path, splits[i]!, settings.splitNames);
      planner.add(first + i, lengths[i]!);
    }
    first += lengths.length;
  }
  for (const planner of planners) planner.finish();
  for (const { split } of plan.shards) set.split_shards[split]!++;
  plan.shards.sort((a, b) => a.split - b.split || a.number - b.number);
  return plan;
}

function setFactsOf(settings: PlanSettings): SetFacts {
  const { pack } = settings;
  return {
    version: layoutVersion,
    layout: pack ? "packed" : "flat",
    format: settings.shardFormat,
    compression: settings.compression,
    seq_len: pack ? settings.seqLen : null,
    packing: pack ? settings.packing : null,
    long_documents: pack ? settings.longDocuments : null,
    ...(pack && settings.rowOverlap ? { row_overlap: 1 as const } : {}),
    dtype: tokenBytesOf(settings.vocabSize) === 2 ? "uint16" : "uint32",
    tokenizer: { name: settings.tokenizer.name, sha256: settings.tokenizer.sha256 },
    vocab_size: settings.vocabSize,
    pad_id: settings.padId,
    sep_id: settings.sepId,
    split_names: [...settings.splitNames],
    split_shards: settings.splitNames.map(() => 0),
    fingerprint: settings.fingerprint,
  };
}

function headerOf(path: string, { vocabSize }: PlanSettings) {
  using file = TokenFileReader.open(path);
  const { header } = file;
  if (header.vocabSize !== vocabSize) {
    throw new UsageError(
      `${path} was made with a vocabulary of ${header.vocabSize} tokens, the plan has ${vocabSize}`,
      "tokenize all files with one tokenizer",
    );
  }
  return { path, header };
}

function unknownSplit(path: string, split: number, names: readonly string[]): UsageError {
  return new UsageError(
    `${path} has a document of split ${split}, but only ${names.length} are named (${names.join(", ")})`,
    "name every split with --splits",
  );
}
