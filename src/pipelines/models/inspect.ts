/** `model inspect` of a model that generates text: what its files hold, read from their headers. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { messageOf } from "../../core/errors.ts";
import * as mx from "../../mlx/index.ts";
import { type SafetensorsEntry, safetensorsEntries } from "../../mlx/safetensors-header.ts";
import { parametersOf } from "../../models/convert/save-model.ts";
import { openSource, sourceWeights } from "../../models/convert/source.ts";
import { readJson } from "../../models/json.ts";
import { weightFiles } from "../../models/load-decoder.ts";

export interface GeneratorDetails {
  kind: "generating";
  name: string;
  /** Folder of its files. */
  dir: string;
  modelType: string;
  /** Its class in transformers. */
  architecture: string | null;
  /** Numbers of the model, packed ones counted one by one. */
  parameters: number;
  bitsPerWeight: number;
  /** Type of most weights that are not packed. */
  dtype: string | null;
  quantization: { bits: number; groupSize: number; mode: string; perLayer: boolean } | null;
  /** Tokens of the longest text that it was made for. */
  contextLength: number | null;
  layers: number | null;
  hiddenSize: number | null;
  vocabulary: number | null;
  tokenizer: boolean;
  chatTemplate: boolean;
  /** Files of weights, and their tensors' bytes. */
  files: number;
  bytes: number;
  /** Why it cannot be used, null when it can. */
  problem: string | null;
}

const count = v.nullish(v.number());
const Config = v.looseObject({
  model_type: v.string(),
  architectures: v.nullish(v.array(v.string())),
  max_position_embeddings: count,
  num_hidden_layers: count,
  hidden_size: count,
  vocab_size: count,
  quantization: v.nullish(
    v.looseObject({ bits: v.number(), group_size: v.number(), mode: v.optional(v.string(), "affine") }),
  ),
});
type Config = v.InferOutput<typeof Config>;

/** @throws MdpError for a folder without a readable configuration or weights; other problems are in the result */
export async function inspectGenerator(name: string, dir: string): Promise<GeneratorDetails> {
  const config = await readJson(join(dir, "config.json"), Config);
  const files = weightFiles(dir);
  const tensors = new Map(files.flatMap((file) => [...safetensorsEntries(file)]));
  const bytes = [...tensors.values()].reduce((sum, tensor) => sum + tensor.bytes, 0);
  const { parameters, problem } = await checked(dir, tensors, config);
  const template = await Bun.file(join(dir, "tokenizer_config.json"))
    .json()
    .catch(() => ({}));
  return {
    kind: "generating",
    name,
    dir,
    modelType: config.model_type,
    architecture: config.architectures?.[0] ?? null,
    parameters,
    bitsPerWeight: parameters === 0 ? 0 : (bytes * 8) / parameters,
    dtype: floatType(tensors),
    quantization: quantizationOf(config),
    contextLength: config.max_position_embeddings ?? null,
    layers: config.num_hidden_layers ?? null,
    hiddenSize: config.hidden_size ?? null,
    vocabulary: config.vocab_size ?? null,
    tokenizer: ["tokenizer.json", "tokenizer.model"].some((file) => existsSync(join(dir, file))),
    chatTemplate: existsSync(join(dir, "chat_template.jinja")) || Boolean(template?.chat_template),
    files: files.length,
    bytes,
    problem,
  };
}

/** Whether configuration and tensors fit together; where they do not, numbers are counted in the files. */
async function checked(
  dir: string,
  tensors: ReadonlyMap<string, SafetensorsEntry>,
  config: Config,
): Promise<Pick<GeneratorDetails, "parameters" | "problem">> {
  try {
    const source = await openSource(dir);
    mx.tidy(() => void sourceWeights(source));
    return { parameters: parametersOf(source), problem: null };
  } catch (error) {
    return { parameters: countedParameters(tensors, config), problem: messageOf(error) };
  }
}

function countedParameters(tensors: ReadonlyMap<string, SafetensorsEntry>, { quantization }: Config): number {
  let sum = 0;
  for (const [name, { dtype, shape }] of tensors) {
    const layer = name.replace(/\.[^.]*$/, "");
    const packed = tensors.has(`${layer}.scales`);
    if (packed && /\.(scales|biases)$/.test(name)) continue;
    const numbers = shape.reduce((product, n) => product * n, 1);
    sum += packed && dtype === "U32" && quantization ? (numbers * 32) / quantization.bits : numbers;
  }
  return sum;
}

function floatType(tensors: ReadonlyMap<string, SafetensorsEntry>): string | null {
  const names: Readonly<Record<string, string>> = { F32: "float32", F16: "float16", BF16: "bfloat16" };
  const bytes = new Map<string, number>();
  for (const tensor of tensors.values()) {
    const name = names[tensor.dtype];
    if (name) bytes.set(name, (bytes.get(name) ?? 0) + tensor.bytes);
  }
  return [...bytes].sort((a, b) => b[1] - a[1])[0]?.[0] ?? null;
}

function quantizationOf({ quantization }: Config): GeneratorDetails["quantization"] {
  if (!quantization) return null;
  const { bits, group_size: groupSize, mode, ...layers } = quantization;
  return { bits, groupSize, mode, perLayer: Object.values(layers).some((entry) => typeof entry === "object") };
}
