/** `mdp shard repack`: packed shards from flat ones. */
import { locateProject } from "../../../config/project.ts";
import { UsageError } from "../../../core/errors.ts";
import { repackShards } from "../../../pipelines/shards/repack.ts";
import { command } from "../../command.ts";
import { writeJson, writeOut } from "../../output.ts";
import { settingArgs } from "../../settings.ts";
import { setArg, shardWork } from "../../shard-work.ts";
import { renderIndex } from "../../ui/shards.ts";
import { paintFor } from "../../ui/terminal.ts";

const taken = [
  "seqLen",
  "packing",
  "longDocuments",
  "rowOverlap",
  "shardFormat",
  "compression",
  "maxShardSizeBytes",
  "maxTokensPerShard",
] as const;

export default command({
  meta: { name: "repack", description: "Pack flat shards into rows of a length, without tokenizing again." },
  args: {
    ...setArg,
    out: { type: "string", valueHint: "DIR", description: "Folder of the new set." },
    ...settingArgs({ section: "shard", only: taken, names: { shardFormat: "format" } }),
  },
  examples: [
    { command: "mdp shard repack data/flat --seq-len 4096 --out data/packed-4096", summary: "Rows of 4,096 tokens" },
    { command: "mdp shard repack data/flat --packing concat --out data/concat", summary: "Another packing" },
  ],
  async run(context) {
    const out = context.value("out");
    if (out === undefined) throw new UsageError("mdp shard repack needs an output folder", "name one with --out DIR");
    const { shard } = await context.settings(locateProject(context.cwd, context.projectFlag));
    const settings = Object.fromEntries(taken.map((key) => [key, shard[key]])) as Pick<
      typeof shard,
      (typeof taken)[number]
    >;
    const path = context.positionals[0]!;
    const index = await shardWork(context, (work) => repackShards({ path, out, settings, ...work }));
    const bytes = index.shards.reduce((sum, entry) => sum + entry.bytes, 0);
    if (context.json) await writeJson({ out, shards: index.num_shards, report: index.report, splits: index.splits });
    else await writeOut(renderIndex(index, out, bytes, paintFor(context.stdout)));
    return 0;
  },
});
