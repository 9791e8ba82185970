/** `mdp index rebuild`: every index made anew. */
import { UsageError } from "../../../core/errors.ts";
import { rebuildIndices } from "../../../pipelines/index/rebuild.ts";
import { command } from "../../command.ts";
import { interruptible } from "../../interrupt.ts";
import { writeJson, writeOut } from "../../output.ts";
import { settingArgs } from "../../settings.ts";
import { formatCount } from "../../ui/format.ts";
import { renderRebuilt } from "../../ui/indices.ts";
import { ProgressLine } from "../../ui/progress.ts";
import { paintFor } from "../../ui/terminal.ts";
import { typesOf } from "../../values.ts";

export default command({
  meta: {
    name: "rebuild",
    description:
      "Build every index anew, join small files, and store vectors as vectorType says. Searches go on meanwhile; stopping loses nothing.",
  },
  args: {
    type: { type: "string", several: true, valueHint: "ENGINE", description: "Engines to build for. All by default." },
    vectors: {
      type: "boolean",
      description:
        "Leave no vectors of another model than the settings name: the next ingest makes them anew, from the cache where they are.",
    },
    ...settingArgs("store", "embed"),
  },
  changes: true,
  examples: [
    { command: "mdp index rebuild", summary: "All tables" },
    { command: "mdp index rebuild --type sql", summary: "One engine's" },
    { command: "mdp index rebuild --vectors && mdp ingest docs", summary: "After another model was set" },
    { command: "mdp index rebuild --vector-type int8", summary: "Vectors in a quarter of their space" },
  ],
  async run(context) {
    const project = context.project();
    const settings = await context.settings(project);
    const types = typesOf(context);
    const ofModel = [...context.given].find(([path]) => path.startsWith("embed."));
    if (ofModel && !context.has("vectors")) {
      throw new UsageError(`${ofModel[1].from} changes nothing without --vectors`, "add --vectors");
    }
    const hint = "the indices that were built are kept; the others are as before";
    const entries = await interruptible({ quiet: context.quiet || context.json, hint }, async (signal) => {
      using line = new ProgressLine(context.stderr, context.quiet);
      return await rebuildIndices({
        project,
        settings,
        types,
        vectors: context.has("vectors"),
        signal,
        onProgress: ({ engine, column, done, total }) =>
          line.update(() => `${engine}: the index on ${column} (${done + 1} of ${total})`),
        onConvert: ({ engine, done, total }) =>
          line.update(() => `${engine}: ${formatCount(done)} of ${formatCount(total)} vectors`),
      });
    });
    await (context.json ? writeJson(entries) : writeOut(renderRebuilt(entries, paintFor(context.stdout))));
    return 0;
  },
});
