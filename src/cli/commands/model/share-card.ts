/** `mdp model share-card`: the README.md of a model. */
import { shareCard } from "../../../pipelines/model-card.ts";
import { command } from "../../command.ts";
import { writeJson, writeOut } from "../../output.ts";

export default command({
  meta: { name: "share-card", description: "Write the model card README.md, so that a model's folder can be shared." },
  args: {
    dir: { type: "positional", description: "The model's folder.", required: true },
    name: { type: "string", valueHint: "ORG/NAME", description: "Its name on the hub; by default the folder's name." },
    "base-model": {
      type: "string",
      valueHint: "ORG/NAME",
      description: "The model that it was made of; by default what its card or configuration says.",
    },
    overwrite: { type: "boolean", description: "Replace the text of a card that has one; its keys are kept." },
  },
  examples: [
    { command: "mdp model share-card ./mine --name me/mine", summary: "Before uploading the folder" },
    { command: "mdp model share-card ./mine --base-model org/name --overwrite", summary: "Naming its origin anew" },
  ],
  async run(context) {
    const report = await shareCard({
      dir: context.positionals[0]!,
      name: context.value("name"),
      baseModel: context.value("base-model"),
      overwrite: context.has("overwrite"),
    });
    await (context.json ? writeJson(report) : writeOut(`${report.path}\n`));
    return 0;
  },
});
