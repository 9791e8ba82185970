/** What the commands share that write a model's folder: their flags, the progress, and what is printed at the end. */
import { UsageError } from "../core/errors.ts";
import { dtypeNames } from "../models/convert/convert.ts";
import { modeNames } from "../models/convert/modes.ts";
import { recipeNames } from "../models/convert/recipes.ts";
import { type ConvertModelRequest, convertFoundModel, type QuantizeChoice } from "../pipelines/models/convert.ts";
import type { Context } from "./context.ts";
import type { Args } from "./definition.ts";
import { interruptible } from "./interrupt.ts";
import { writeJson, writeOut } from "./output.ts";
import { formatBytes, formatCount, plural } from "./ui/format.ts";
import { logFor } from "./ui/log.ts";
import { ProgressLine } from "./ui/progress.ts";
import { byteSize, oneOf, wholeNumber } from "./values.ts";

/** The model of a command, as an argument or under mlx-lm's flag. */
export const modelArg: Args = {
  dir: {
    type: "positional",
    description: "Folder, name or hub id of the model; --model is the same.",
    required: false,
  },
  model: { type: "string", valueHint: "DIR|NAME", description: "Folder, name or hub id of the model." },
};

export const sizeArgs: Args = {
  overwrite: { type: "boolean", description: "Replace a model that is in the output folder." },
  "max-shard-size": { type: "string", valueHint: "SIZE", description: "Largest file of weights; by default 5GiB." },
};

export const folderArgs: Args = {
  "mlx-path": { type: "string", valueHint: "DIR", description: "Folder to write; by default mlx_model." },
  ...sizeArgs,
};

export const dtypeArg: Args = {
  dtype: {
    type: "string",
    valueHint: dtypeNames.join("|"),
    description: "Type of the weights that are not quantized; by default torch_dtype of config.json.",
  },
};

export const quantizeArgs: Args = {
  "q-bits": { type: "string", valueHint: "N", description: "Bits of a weight: 2, 3, 4, 5, 6 or 8. [4]" },
  "q-group-size": { type: "string", valueHint: "N", description: "Weights that share a scale: 32, 64 or 128. [64]" },
  "q-mode": { type: "string", valueHint: modeNames.join("|"), description: "How weights are packed. [affine]" },
  "quant-predicate": {
    type: "string",
    valueHint: `${recipeNames.join("|")}|FILE`,
    description: "A recipe of mixed bits, or a YAML file of layer: bits, {bits, group_size, mode} or false.",
  },
};

export function quantizeChoice(context: Context): QuantizeChoice {
  return {
    bits: wholeNumber(context, "q-bits"),
    groupSize: wholeNumber(context, "q-group-size"),
    mode: oneOf(context, "q-mode", modeNames),
    predicate: context.value("quant-predicate"),
  };
}

/** The model that was named: by the argument, by `--model` or, as mlx-lm has it, by `--hf-path`. */
export function givenModel(context: Context): string | undefined {
  const names = { [`"${context.positionals[0]}"`]: context.positionals[0] };
  for (const flag of ["model", "hf-path"]) names[`--${flag}`] = context.value(flag);
  const given = Object.entries(names).filter(([, model]) => model !== undefined);
  const [first] = given;
  const other = given.find(([, model]) => model !== first![1]);
  if (other) throw new UsageError(`${first![0]} and ${other[0]} contradict each other`, "keep one of them");
  return first?.[1];
}

/** The same where there is no default. */
export function requiredModel(context: Context, command: string): string {
  const model = givenModel(context);
  if (model === undefined) {
    throw new UsageError(`mdp model ${command} needs a model`, `such as mdp model ${command} ./qwen3`);
  }
  return model;
}

/** Runs a conversion and prints what was written. */
export async function runConvert(
  context: Context,
  request: Pick<ConvertModelRequest, "model" | "quantize" | "dequantize">,
): Promise<number> {
  const report = await interruptible({ quiet: context.quiet || context.json }, async (signal) => {
    using line = new ProgressLine(context.stderr, context.quiet);
    return await convertFoundModel({
      ...request,
      out: context.value("mlx-path") ?? "mlx_model",
      overwrite: context.has("overwrite"),
      maxShardBytes: byteSize(context, "max-shard-size"),
      dtype: oneOf(context, "dtype", dtypeNames),
      signal,
      onProgress: ({ bytes, total }) => line.update(() => `${formatBytes(bytes)} of ${formatBytes(total)} written`),
    });
  });
  await printSaved(context, report);
  return 0;
}

export async function printSaved(
  context: Context,
  report: Awaited<ReturnType<typeof convertFoundModel>>,
): Promise<void> {
  if (context.json) return writeJson(report);
  const { parameters, bitsPerWeight, bytes, files, modelType, out } = report;
  logFor(context).info(
    `${modelType}, ${formatCount(parameters)} parameters with ${bitsPerWeight.toFixed(3)} bits each: ` +
      `${formatBytes(bytes)} in ${plural(files, "file")}`,
  );
  // The folder alone, for `$(…)`.
  await writeOut(`${out}\n`);
}
