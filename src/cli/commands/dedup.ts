/** `mdp dedup`: documents in, those that are no copies out. */
import { command } from "../command.ts";
import { outArg, pathArg, readingArgs, runArgs, runPrepare } from "../prepare.ts";
import { settingArgs } from "../settings.ts";

export default command({
  meta: {
    name: "dedup",
    description: "Remove documents that are copies of others; each removal is logged with its partner.",
  },
  args: {
    ...pathArg,
    ...outArg("Output folder; by default the first input's name with -dedup behind it."),
    ...runArgs,
    ...settingArgs(
      { section: "dedup", names: { memoryBytes: "memory" } },
      { section: "curate", only: ["documentFormat"], names: { documentFormat: "format" } },
      { section: "shard", only: ["workers", "taskBytes", "keepStaging"] },
    ),
    ...readingArgs,
  },
  changes: true,
  examples: [
    {
      command: "mdp dedup data/clean --method minhash --threshold 0.85",
      summary: "Near copies, into data/clean-dedup",
    },
    { command: "mdp dedup data/clean --out unique --method exact", summary: "Only equal texts" },
  ],
  run(context) {
    const [input] = context.positionals;
    const out =
      context.value("out") ?? (input === undefined || input === "-" ? undefined : `${input.replace(/\/+$/, "")}-dedup`);
    return runPrepare("dedup", context, {
      out,
      json: (report) => ({
        documents: report.documents,
        kept: report.kept,
        removed: report.duplicates,
        clusters: report.dedup.clusters,
        methods: report.dedup.methods,
        unverified: report.dedup.unverified,
        empty: report.empty,
        rejects: report.rejects,
        out: report.out,
        unchanged: report.unchanged,
        seconds: report.seconds,
      }),
    });
  },
});
