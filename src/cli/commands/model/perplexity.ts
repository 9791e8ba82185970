/** `mdp model perplexity`: how well a model foresees a text. */
import { UsageError } from "../../../core/errors.ts";
import { perplexityOf } from "../../../pipelines/models/perplexity.ts";
import { command } from "../../command.ts";
import { interruptible } from "../../interrupt.ts";
import { modelArg, requiredModel } from "../../model-output.ts";
import { writeJson, writeOut } from "../../output.ts";
import { formatBytes, formatCount, plural } from "../../ui/format.ts";
import { logFor } from "../../ui/log.ts";
import { ProgressLine } from "../../ui/progress.ts";
import { renderTable } from "../../ui/table.ts";
import { wholeNumber } from "../../values.ts";

const GRACE_MS = 60_000;

export default command({
  meta: { name: "perplexity", description: "Measure how well a model foresees a text; less is better." },
  args: {
    ...modelArg,
    data: { type: "string", valueHint: "PATH", description: "JSONL or text file, or a folder of them or of shards." },
    "data-path": { type: "string", valueHint: "PATH", description: "mlx-lm's name of --data." },
    "adapter-path": { type: "string", valueHint: "DIR", description: "Adapter to put into the model." },
    "batch-size": { type: "string", valueHint: "N", description: "Samples of a step. [8]" },
    "sequence-length": { type: "string", valueHint: "N", description: "Tokens of a sample. [512]" },
    "num-samples": { type: "string", valueHint: "N", description: "Samples at most; -1 takes all. [256]" },
    seed: { type: "string", valueHint: "N", description: "Which rows are drawn, and in which order. [123]" },
    "trust-remote-code": { type: "boolean", description: "Taken for mlx-lm's sake: no remote code is ever run." },
  },
  examples: [
    { command: "mdp model perplexity ./qwen3 --data ./data", summary: "On test.jsonl, else all JSONL" },
    { command: "mdp model perplexity ./qwen3-4bit --data book.txt --num-samples -1", summary: "A whole book" },
  ],
  async run(context) {
    const data = context.value("data") ?? context.value("data-path");
    if (data === undefined) throw new UsageError("mdp model perplexity needs --data", "such as --data ./data");
    const report = await interruptible({ quiet: context.quiet || context.json, graceMs: GRACE_MS }, async (signal) => {
      using line = new ProgressLine(context.stderr, context.quiet);
      return await perplexityOf({
        model: requiredModel(context, "perplexity"),
        data,
        adapter: context.value("adapter-path"),
        batchSize: wholeNumber(context, "batch-size") ?? 8,
        sequenceLength: wholeNumber(context, "sequence-length", { min: 3 }) ?? 512,
        numSamples: wholeNumber(context, "num-samples", { min: -1 }) ?? 256,
        seed: wholeNumber(context, "seed", { min: 0, max: 2 ** 32 - 1 }) ?? 123,
        signal,
        onProgress: (done, total) => line.update(() => `${done} of ${plural(total, "sample")}`),
      });
    });
    if (report.rejects > 0) logFor(context).warn(`${plural(report.rejects, "row")} had no text and were left out`);
    if (context.json) await writeJson(report);
    else {
      const rows = [
        ["perplexity", `${report.perplexity.toFixed(3)} ± ${report.error.toFixed(3)}`],
        ["loss", report.loss.toFixed(4)],
        ["tokens", `${formatCount(report.tokens)} in ${plural(report.samples, "sample")}`],
        ["speed", `${formatCount(Math.round(report.tokensPerSecond))} tokens/s`],
        ["peak memory", formatBytes(report.peakMemory)],
      ];
      await writeOut(renderTable(rows));
    }
    return 0;
  },
});
