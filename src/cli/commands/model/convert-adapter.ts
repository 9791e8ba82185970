/** `mdp model convert-adapter`: an adapter for another program. */
import { UsageError } from "../../../core/errors.ts";
import { type AdapterForm, adapterForms, convertAdapter } from "../../../pipelines/adapters.ts";
import { command } from "../../command.ts";
import { writeJson, writeOut } from "../../output.ts";
import { plural } from "../../ui/format.ts";
import { safeLine } from "../../ui/sanitize.ts";

const forms = adapterForms.join("|");

export default command({
  meta: {
    name: "convert-adapter",
    description: "Write a LoRA or DoRA adapter for another program: of PEFT for mlx-lm and mdp, or the other way.",
  },
  args: {
    adapter: { type: "positional", description: "The adapter's folder.", required: true },
    model: {
      type: "string",
      valueHint: "MODEL",
      description: "The model that the adapter is for: a name or a folder.",
    },
    to: { type: "string", valueHint: forms, description: "The form to write." },
    out: { type: "string", valueHint: "DIR", description: "An empty or new folder." },
  },
  examples: [
    {
      command: "mdp model convert-adapter adapters --model ./llama --to peft --out peft-adapter",
      summary: "For transformers and PEFT",
    },
    {
      command: "mdp model convert-adapter org-adapter --model ./llama --to mlx-lm --out adapters",
      summary: "For mlx-lm; mdp reads both forms as they are",
    },
  ],
  async run(context) {
    const needed = (name: "model" | "to" | "out", what: string) => {
      const value = context.value(name);
      if (!value) throw new UsageError(`mdp model convert-adapter needs ${what}`, `add --${name}`);
      return value;
    };
    const to = needed("to", `a form (${forms})`);
    if (!isForm(to)) throw new UsageError(`there is no form "${to}"`, `choose one of ${forms}`);
    const report = await convertAdapter({
      adapter: context.positionals[0]!,
      model: needed("model", "the adapter's model"),
      to,
      out: needed("out", "an output folder"),
    });
    const { method, layers, out } = report;
    await (context.json ? writeJson(report) : writeOut(`${safeLine(out)}: ${method}, ${plural(layers, "layer")}\n`));
    return 0;
  },
});

function isForm(text: string): text is AdapterForm {
  return (adapterForms as readonly string[]).includes(text);
}
