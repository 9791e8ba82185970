/** `mdp plot lengths`: histograms of passages and documents. */
import { plotLengths } from "../../../pipelines/plots.ts";
import { command } from "../../command.ts";
import { givePlot, plotArgs } from "../../plot.ts";
import { typesOf } from "../../values.ts";

export default command({
  meta: { name: "lengths", description: "Draw how long passages and documents are, in tokens." },
  args: {
    ...plotArgs,
    type: { type: "string", several: true, valueHint: "ENGINE", description: "Engines to draw. All by default." },
  },
  examples: [
    { command: "mdp plot lengths --out lengths.html", summary: "A page for a browser" },
    { command: "mdp plot lengths > lengths.svg", summary: "An SVG on stdout" },
    { command: "mdp plot lengths --json", summary: "The numbers" },
  ],
  async run(context) {
    const project = context.project();
    const settings = await context.settings(project);
    return givePlot(context, () => plotLengths({ project, settings, types: typesOf(context) }));
  },
});
