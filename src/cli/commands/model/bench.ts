/** `mdp model bench`: how fast a model reads a prompt and generates, with mlx-lm's flags. */
import { type BenchTrial, benchModel } from "../../../pipelines/models/bench.ts";
import { command } from "../../command.ts";
import { interruptible } from "../../interrupt.ts";
import { modelArg, requiredModel } from "../../model-output.ts";
import { writeJson, writeOut } from "../../output.ts";
import { formatBytes } from "../../ui/format.ts";
import { logFor } from "../../ui/log.ts";
import { renderTable } from "../../ui/table.ts";
import { wholeNumber } from "../../values.ts";

const GRACE_MS = 60_000;

export default command({
  meta: { name: "bench", description: "Measure how fast a model reads a prompt and generates." },
  args: {
    ...modelArg,
    "prompt-tokens": { type: "string", alias: "p", valueHint: "N", description: "Tokens of the prompt. [512]" },
    "generation-tokens": { type: "string", alias: "g", valueHint: "N", description: "Tokens to generate. [1024]" },
    "batch-size": { type: "string", alias: "b", valueHint: "N", description: "Prompts at once. [1]" },
    "num-trials": { type: "string", alias: "n", valueHint: "N", description: "Runs that count. [5]" },
    "prefill-step-size": { type: "string", valueHint: "N", description: "Prompt tokens of one call. [2048]" },
    "trust-remote-code": { type: "boolean", description: "Taken for mlx-lm's sake: no remote code is ever run." },
  },
  examples: [
    { command: "mdp model bench ./qwen3-4bit", summary: "512 tokens of prompt, 1024 generated, five times" },
    { command: "mdp model bench ./qwen3 -p 2048 -g 128 -b 4 -n 3 --json", summary: "Four at once" },
  ],
  async run(context) {
    const log = logFor(context);
    const report = await interruptible({ quiet: context.quiet || context.json, graceMs: GRACE_MS }, (signal) =>
      benchModel({
        model: requiredModel(context, "bench"),
        promptTokens: wholeNumber(context, "prompt-tokens") ?? 512,
        generationTokens: wholeNumber(context, "generation-tokens") ?? 1024,
        batchSize: wholeNumber(context, "batch-size") ?? 1,
        trials: wholeNumber(context, "num-trials") ?? 5,
        prefillStepSize: wholeNumber(context, "prefill-step-size") ?? 2048,
        signal,
        onTrial: (trial, index) => log.info(`trial ${index}: ${speeds(trial).join(", ")}`),
      }),
    );
    if (context.json) await writeJson(report);
    else {
      const [prompt, generation] = speeds(report);
      await writeOut(
        renderTable([
          ["prompt", prompt!],
          ["generation", generation!],
          ["peak memory", formatBytes(report.peakMemory)],
        ]),
      );
    }
    return 0;
  },
});

function speeds({ promptTps, generationTps }: Pick<BenchTrial, "promptTps" | "generationTps">): string[] {
  return [`${promptTps.toFixed(3)} tokens/s`, `${generationTps.toFixed(3)} tokens/s`];
}
