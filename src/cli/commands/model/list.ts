/** `mdp model list`: the models that are here. */
import { type ListedModel, listModels } from "../../../pipelines/model-list.ts";
import { command } from "../../command.ts";
import { writeJson, writeOut } from "../../output.ts";
import { formatBytes, formatCount } from "../../ui/format.ts";
import { safeLine } from "../../ui/sanitize.ts";
import { renderTable } from "../../ui/table.ts";

export default command({
  meta: { name: "list", description: "List the models in the executable, in the model cache and in the hub's cache." },
  examples: [
    { command: "mdp model list", summary: "Names that --model takes" },
    { command: "mdp model list --json", summary: "The same for programs, with kinds and sizes" },
  ],
  async run(context) {
    const models = await listModels();
    if (context.json) await writeJson({ models });
    else await writeOut(models.length === 0 ? "no model here\n" : renderTable(models.map(cells)));
    return 0;
  },
});

function cells(model: ListedModel): string[] {
  const name = safeLine(model.name);
  if (model.problem !== null) return [name, `cannot be used: ${safeLine(model.problem)}`];
  return [name, describe(model), formatBytes(model.bytes ?? 0), safeLine(model.place)];
}

function describe({ kind, modelType, dimension, maxTokens, bits }: ListedModel): string {
  const type = safeLine(modelType ?? "");
  if (kind === "scoring") return `${type}, scores texts of up to ${maxTokens} tokens`;
  if (kind === "embedding") return `${type}, ${dimension} dimensions, up to ${maxTokens} tokens`;
  const quantized = bits === null ? "" : `, ${bits} bits`;
  return `${type}, generates${quantized}${maxTokens === null ? "" : `, up to ${formatCount(maxTokens)} tokens`}`;
}
