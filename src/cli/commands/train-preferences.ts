/** `mdp train-preferences`: fine-tune a model on pairs of a preferred and a rejected answer. */
import { backends } from "../../mlx/distributed.ts";
import { trainPreferences } from "../../pipelines/train-preferences.ts";
import { startedAsRank } from "../../train/distributed/rank.ts";
import { command } from "../command.ts";
import { interruptible } from "../interrupt.ts";
import { writeJson } from "../output.ts";
import { settingArgs } from "../settings.ts";
import { hangSeconds, launchTraining, TRAIN_GRACE_MS, trainRequest } from "../train-request.ts";
import { TrainDisplay } from "../ui/train.ts";

export default command({
  meta: {
    name: "train-preferences",
    description: "Fine-tune a model on pairs of a preferred and a rejected answer: DPO.",
  },
  args: {
    model: { type: "string", valueHint: "DIR", description: "Folder or name of the model." },
    data: {
      type: "string",
      valueHint: "DIR",
      description: 'Folder with train.jsonl and perhaps valid.jsonl of {"prompt", "chosen", "rejected"}.',
    },
    resume: { type: "boolean", description: "Go on from the last checkpoint in the adapter's folder." },
    method: { type: "string", valueHint: "lora|dora|full", description: "Other name of --fine-tune-type." },
    hosts: { type: "string", valueHint: "N", description: "Train on several processes, as `mdp train` does." },
    backend: {
      type: "string",
      valueHint: backends.join("|"),
      description: "How processes that were started from outside join.",
    },
    "hang-seconds": hangSeconds,
    ...settingArgs("trainPreferences", {
      section: "train",
      names: { clearCacheThresholdBytes: "clear-cache-threshold" },
    }),
  },
  changes: true,
  examples: [
    { command: "mdp train-preferences --model ./qwen3 --data ./pairs", summary: "DPO with LoRA" },
    { command: "mdp train-preferences --model ./qwen3 --data ./pairs --beta 0.3", summary: "Held closer to the model" },
    {
      command:
        "mdp train-preferences --model ./qwen3 --data ./pairs --adapter-path preferring " +
        "--resume-adapter-file adapters/adapters.safetensors --reference-adapter adapters",
      summary: "Go on with an adapter of mdp train, and compare with it",
    },
  ],
  async run(context) {
    const hosts = context.value("hosts");
    if (hosts !== undefined && !startedAsRank()) return launchTraining(context, hosts);
    const request = await trainRequest(context);
    const report = await interruptible(
      { quiet: context.quiet || context.json, graceMs: TRAIN_GRACE_MS },
      async (signal) => {
        using display = new TrainDisplay(context, request.settings.iters);
        const found = await trainPreferences({
          ...request,
          signal,
          callbacks: display,
          onNote: (note) => display.note(note),
        });
        const { scores } = found;
        if (scores) {
          const share = (100 * scores.accuracy).toFixed(1);
          display.note(`Prefers as ${share}% of the validation pairs do, by ${scores.margin.toFixed(3)} on average`);
        }
        return found;
      },
    );
    if (context.json) await writeJson(report);
    return 0;
  },
});
