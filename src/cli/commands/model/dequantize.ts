/** `mdp model dequantize`: the short form of `mdp model convert -d`. */
import { command } from "../../command.ts";
import { dtypeArg, folderArgs, modelArg, requiredModel, runConvert } from "../../model-output.ts";

export default command({
  meta: { name: "dequantize", description: "Turn the packed weights of a model into floats." },
  args: { ...modelArg, ...folderArgs, ...dtypeArg },
  examples: [{ command: "mdp model dequantize ./qwen3-4bit --mlx-path ./qwen3-plain", summary: "For other programs" }],
  run: (context) => runConvert(context, { model: requiredModel(context, "dequantize"), dequantize: true }),
});
