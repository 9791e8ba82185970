/** `mdp train`: fine-tune a model, with mlx-lm's flags and files. */
import { backends } from "../../mlx/distributed.ts";
import { train } from "../../pipelines/train.ts";
import { startedAsRank } from "../../train/distributed/rank.ts";
import { command } from "../command.ts";
import { interruptible } from "../interrupt.ts";
import { writeJson } from "../output.ts";
import { settingArgs } from "../settings.ts";
import { hangSeconds, launchTraining, TRAIN_GRACE_MS, trainRequest } from "../train-request.ts";
import { TrainDisplay } from "../ui/train.ts";

export default command({
  meta: { name: "train", description: "Fine-tune a model: LoRA, DoRA or all weights, with mlx-lm's flags and files." },
  args: {
    model: { type: "string", valueHint: "DIR", description: "Folder or name of the model." },
    data: {
      type: "string",
      valueHint: "DIR",
      description: "Folder with train.jsonl, valid.jsonl and test.jsonl, or with shards.",
    },
    config: { type: "string", alias: "c", valueHint: "FILE", description: "YAML file of settings, also mlx-lm's own." },
    train: { type: "boolean", description: "Train; so it is unless --test stands alone." },
    test: { type: "boolean", description: "Measure the loss of the test rows, after training or alone." },
    resume: { type: "boolean", description: "Go on from the last checkpoint in the adapter's folder." },
    method: { type: "string", valueHint: "lora|dora|full", description: "Other name of --fine-tune-type." },
    hosts: {
      type: "string",
      valueHint: "N",
      description: "Train on several processes: their number on this machine, names with commas, or a JSON file.",
    },
    backend: {
      type: "string",
      valueHint: backends.join("|"),
      description: "How processes that were started from outside join; by default as their environment says.",
    },
    "hang-seconds": hangSeconds,
    "report-to": { type: "string", valueHint: "NAME", description: "Taken for mlx-lm's sake; see metrics.jsonl." },
    "project-name": { type: "string", valueHint: "NAME", description: "Taken for mlx-lm's sake, and not used." },
    "trust-remote-code": { type: "boolean", description: "Taken for mlx-lm's sake: no remote code is ever run." },
    ...settingArgs({ section: "train", names: { clearCacheThresholdBytes: "clear-cache-threshold" } }),
  },
  changes: true,
  examples: [
    { command: "mdp train --model ./qwen3 --data ./data", summary: "LoRA on train.jsonl" },
    { command: "mdp train --config lora_config.yaml --iters 200", summary: "mlx-lm's settings, one changed" },
    { command: "mdp train --model ./qwen3 --data ./data --resume", summary: "Go on after an interruption" },
  ],
  async run(context) {
    const hosts = context.value("hosts");
    if (hosts !== undefined && !startedAsRank()) return launchTraining(context, hosts);
    const request = await trainRequest(context);
    const report = await interruptible(
      { quiet: context.quiet || context.json, graceMs: TRAIN_GRACE_MS },
      async (signal) => {
        using display = new TrainDisplay(context, request.settings.iters);
        return await train({ ...request, signal, callbacks: display, onNote: (note) => display.note(note) });
      },
    );
    if (context.json) await writeJson(report);
    return 0;
  },
});
