/** `mdp model export-gguf`: a model as one file for llama.cpp and its relatives. */
import { UsageError } from "../../../core/errors.ts";
import { dtypeNames } from "../../../models/convert/convert.ts";
import { exportModelAsGguf } from "../../../pipelines/gguf.ts";
import { command } from "../../command.ts";
import { modelArg, requiredModel } from "../../model-output.ts";
import { writeJson, writeOut } from "../../output.ts";
import { formatBytes, plural } from "../../ui/format.ts";
import { logFor } from "../../ui/log.ts";
import { oneOf } from "../../values.ts";

export default command({
  meta: { name: "export-gguf", description: "Write a model of the llama family as one GGUF file." },
  args: {
    ...modelArg,
    out: { type: "string", valueHint: "FILE", description: "The file to write." },
    dtype: { type: "string", valueHint: dtypeNames.join("|"), description: "Type of the matrices. [float16]" },
  },
  examples: [
    { command: "mdp model export-gguf --model ./mine --out mine.gguf", summary: "In float16, for llama.cpp" },
    { command: "mdp model export-gguf --model org/name --out exact.gguf --dtype float32", summary: "Nothing rounded" },
  ],
  async run(context) {
    const out = context.value("out");
    if (out === undefined) throw new UsageError("mdp model export-gguf needs --out", "such as --out model.gguf");
    const model = requiredModel(context, "export-gguf");
    const report = await exportModelAsGguf({ model, out, dtype: oneOf(context, "dtype", dtypeNames) });
    const log = logFor(context);
    for (const warning of report.warnings) log.warn(warning);
    if (context.json) await writeJson(report);
    else {
      log.info(`${plural(report.tensors, "tensor")} of ${report.dtype}, ${formatBytes(report.bytes)}`);
      await writeOut(`${report.path}\n`);
    }
    return 0;
  },
});
