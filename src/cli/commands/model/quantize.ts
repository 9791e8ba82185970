/** `mdp model quantize`: the short form of `mdp model convert -q`. */
import { command } from "../../command.ts";
import {
  dtypeArg,
  folderArgs,
  modelArg,
  quantizeArgs,
  quantizeChoice,
  requiredModel,
  runConvert,
} from "../../model-output.ts";

export default command({
  meta: { name: "quantize", description: "Pack the weights of a model into a few bits each." },
  args: { ...modelArg, ...folderArgs, ...quantizeArgs, ...dtypeArg },
  examples: [
    { command: "mdp model quantize ./qwen3 --mlx-path ./qwen3-4bit", summary: "Four bits in groups of 64" },
    {
      command: "mdp model quantize ./qwen3 --mlx-path ./qwen3-fp8 --q-mode mxfp8",
      summary: "Floats of 8 bits",
    },
  ],
  run: (context) =>
    runConvert(context, { model: requiredModel(context, "quantize"), quantize: quantizeChoice(context) }),
});
