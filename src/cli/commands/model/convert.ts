/** `mdp model convert`: a model of the hub becomes one of MLX, with mlx-lm's flags. */
import { UsageError } from "../../../core/errors.ts";
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
  meta: { name: "convert", description: "Convert a Hugging Face model to MLX, and quantize it if asked to." },
  args: {
    ...modelArg,
    "hf-path": { type: "string", valueHint: "DIR|NAME", description: "mlx-lm's name of --model." },
    ...folderArgs,
    ...dtypeArg,
    quantize: { type: "boolean", alias: "q", description: "Quantize the weights." },
    ...quantizeArgs,
    dequantize: { type: "boolean", alias: "d", description: "Turn quantized weights into floats." },
    "trust-remote-code": { type: "boolean", description: "Taken for mlx-lm's sake: no remote code is ever run." },
  },
  examples: [
    { command: "mdp model convert --hf-path ./Qwen3-0.6B --mlx-path ./qwen3 -q", summary: "Four bits a weight" },
    { command: "mdp model convert ./Qwen3-0.6B --dtype bfloat16", summary: "Plain weights, in mlx_model/" },
    {
      command: "mdp model convert org/name --mlx-path ./small -q --quant-predicate mixed_3_6",
      summary: "Three bits, six where they matter most",
    },
  ],
  run(context) {
    const quantize = context.has("quantize");
    const loose = Object.keys(quantizeArgs).find((flag) => context.value(flag) !== undefined);
    if (loose !== undefined && !quantize) throw new UsageError(`--${loose} changes nothing without -q`, "add -q");
    return runConvert(context, {
      model: requiredModel(context, "convert"),
      quantize: quantize ? quantizeChoice(context) : undefined,
      dequantize: context.has("dequantize"),
    });
  },
});
