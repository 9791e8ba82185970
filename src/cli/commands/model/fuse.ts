/** `mdp model fuse`: an adapter goes into the weights of its model, with mlx-lm's flags. */
import type { RequantizationLoss } from "../../../models/fuse/requantization-loss.ts";
import { fuseFoundModel } from "../../../pipelines/models/fuse.ts";
import { command } from "../../command.ts";
import { interruptible } from "../../interrupt.ts";
import { givenModel, modelArg, printSaved, sizeArgs } from "../../model-output.ts";
import { formatBytes, plural } from "../../ui/format.ts";
import { logFor } from "../../ui/log.ts";
import { ProgressLine } from "../../ui/progress.ts";
import { byteSize } from "../../values.ts";

export default command({
  meta: { name: "fuse", description: "Put a trained adapter into the weights of its model, by default of mlx_model." },
  args: {
    ...modelArg,
    "adapter-path": { type: "string", valueHint: "DIR", description: "Folder of the adapter; by default adapters." },
    "save-path": { type: "string", valueHint: "DIR", description: "Folder to write; by default fused_model." },
    dequantize: { type: "boolean", description: "Write plain weights, so that nothing of the adapter is lost." },
    "export-gguf": { type: "boolean", description: "Write a GGUF file too (llama and mistral)." },
    "gguf-path": {
      type: "string",
      valueHint: "NAME",
      description: "Its name in the folder; by default ggml-model-f16.gguf.",
    },
    ...sizeArgs,
    "trust-remote-code": { type: "boolean", description: "Taken for mlx-lm's sake: no remote code is ever run." },
  },
  examples: [
    { command: "mdp model fuse --model ./qwen3 --adapter-path adapters --save-path ./mine", summary: "One folder" },
    { command: "mdp model fuse ./qwen3-4bit --dequantize", summary: "Plain weights from a quantized model" },
  ],
  async run(context) {
    const log = logFor(context);
    const report = await interruptible({ quiet: context.quiet || context.json }, async (signal) => {
      using line = new ProgressLine(context.stderr, context.quiet);
      return await fuseFoundModel({
        model: givenModel(context) ?? "mlx_model",
        adapter: context.value("adapter-path") ?? "adapters",
        out: context.value("save-path") ?? "fused_model",
        dequantize: context.has("dequantize"),
        gguf: context.has("export-gguf") ? (context.value("gguf-path") ?? "ggml-model-f16.gguf") : undefined,
        overwrite: context.has("overwrite"),
        maxShardBytes: byteSize(context, "max-shard-size"),
        signal,
        onLoss: (loss) => log.warn(lossText(loss)),
        onProgress: ({ bytes, total }) => line.update(() => `${formatBytes(bytes)} of ${formatBytes(total)} written`),
      });
    });
    for (const warning of report.gguf?.warnings ?? []) log.warn(warning);
    await printSaved(context, report);
    return 0;
  },
});

function lossText({ layers, kept, error }: RequantizationLoss): string {
  const percent = (share: number) => `${(share * 100).toFixed(0)} %`;
  return (
    `quantizing ${plural(layers, "changed layer")} again keeps ${percent(kept)} of the adapter's change, with an error ` +
    `of ${percent(error)} of its size; --dequantize loses nothing`
  );
}
