/** `mdp plot scores`: scores of hits by rank, or measures of saved evaluations. */
import { UsageError } from "../../../core/errors.ts";
import { plotMeasures, plotScores } from "../../../pipelines/plots.ts";
import { command } from "../../command.ts";
import { givePlot, plotArgs } from "../../plot.ts";
import { settingArgs } from "../../settings.ts";
import { typesOf } from "../../values.ts";

/** A curve of ten hits has no form yet. */
const HITS = 50;

export default command({
  meta: {
    name: "scores",
    description: "Draw how scores fall from hit to hit, or how well saved evaluations answered.",
  },
  args: {
    query: { type: "positional", description: "A question; not with --eval.", required: false },
    ...plotArgs,
    eval: {
      type: "string",
      several: true,
      valueHint: "FILE",
      description: "Draw nDCG@10 of every question of a run that mdp eval --save has kept; several are compared.",
    },
    type: { type: "string", several: true, valueHint: "ENGINE", description: "Engines to ask. All by default." },
    ...settingArgs("search", "embed", "store"),
  },
  examples: [
    { command: 'mdp plot scores "how do I undo a commit?" --out scores.html', summary: "Fifty hits by each way" },
    { command: "mdp plot scores --eval before.json --eval after.json --out eval.svg", summary: "Two runs of mdp eval" },
  ],
  async run(context) {
    const runs = context.values("eval");
    const query = context.positionals[0];
    if ((query === undefined) === (runs.length === 0)) {
      throw new UsageError("mdp plot scores needs a question, or --eval FILE", "mdp plot scores --help has examples");
    }
    if (query === undefined) return givePlot(context, () => plotMeasures(runs));
    const project = context.project();
    const settings = await context.settings(project);
    const k = context.given.has("search.k") ? settings.search.k : HITS;
    return givePlot(context, () => plotScores({ project, settings, types: typesOf(context), query, k }));
  },
});
