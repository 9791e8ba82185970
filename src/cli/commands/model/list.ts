/** `mdp model list`: the models that are here. */
import { type ListedModel, listModels } from "../../../pipelines/models.ts";
import { command } from "../../command.ts";
import { writeJson, writeOut } from "../../output.ts";
import { formatBytes } from "../../ui/format.ts";
import { safeLine } from "../../ui/sanitize.ts";
import { renderTable } from "../../ui/table.ts";

export default command({
  meta: { name: "list", description: "List the embedding models in the executable and in the model cache." },
  examples: [{ command: "mdp model list", summary: "Names that --model takes" }],
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
  return [
    name,
    `${model.modelType}, ${model.dimension} dimensions, up to ${model.maxTokens} tokens`,
    formatBytes(model.bytes ?? 0),
    safeLine(model.place),
  ];
}
