/** `mdp model inspect`: what a model is. */
import { type GeneratorDetails, inspectAnyModel } from "../../../pipelines/models.ts";
import { command } from "../../command.ts";
import { writeJson, writeOut } from "../../output.ts";
import { formatBytes, formatCount } from "../../ui/format.ts";
import { logFor } from "../../ui/log.ts";
import { safeLine } from "../../ui/sanitize.ts";
import { renderTable } from "../../ui/table.ts";

export default command({
  meta: {
    name: "inspect",
    description: "Describe a model: what makes its vectors or scores, or what generates its text.",
  },
  args: { model: { type: "positional", description: "A name or a folder.", required: true } },
  examples: [
    { command: "mdp model inspect all-MiniLM-L6-v2", summary: "The default model" },
    { command: "mdp model inspect ./qwen3-4bit", summary: "A model that generates: parameters, bits, context" },
    { command: "mdp model inspect ./my-model --json", summary: "A folder, for programs" },
  ],
  async run(context) {
    const details = await inspectAnyModel(context.positionals[0]!);
    if (context.json) await writeJson(details);
    else {
      const rows = details.kind === "generating" ? generatorRows(details) : Object.entries(details);
      await writeOut(renderTable(rows.map(([key, value]) => [key, safeLine(String(value))])));
    }
    if (details.kind !== "generating" || details.problem === null) return 0;
    logFor(context).error(`the model cannot be used: ${details.problem}`);
    return 1;
  },
});

function generatorRows(details: GeneratorDetails): [string, string | number][] {
  const { quantization, contextLength, layers, hiddenSize, vocabulary } = details;
  const packed =
    quantization && `${quantization.bits} bits in groups of ${quantization.groupSize}, ${quantization.mode}`;
  const rows: [string, string | number | null][] = [
    ["name", details.name],
    ["model type", details.modelType],
    ["architecture", details.architecture],
    ["parameters", formatCount(details.parameters)],
    ["weights", `${formatBytes(details.bytes)} in ${details.files === 1 ? "1 file" : `${details.files} files`}`],
    ["bits per weight", details.bitsPerWeight.toFixed(3)],
    ["type", details.dtype],
    ["quantization", packed ? `${packed}${quantization.perLayer ? ", some layers otherwise" : ""}` : "none"],
    ["context", contextLength === null ? null : `${formatCount(contextLength)} tokens`],
    ["layers", layers],
    ["hidden size", hiddenSize],
    ["vocabulary", vocabulary === null ? null : formatCount(vocabulary)],
    ["tokenizer", details.tokenizer ? "yes" : "no"],
    ["chat template", details.chatTemplate ? "yes" : "no"],
    ["folder", details.dir],
  ];
  return rows.filter((row): row is [string, string | number] => row[1] !== null);
}
