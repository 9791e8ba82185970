/** A model of the llama family as one GGUF file, written tensor by tensor. */
import { basename } from "node:path";
import * as v from "valibot";
import { MdpError } from "../../core/errors.ts";
import { clearAbandoned } from "../../core/leftovers.ts";
import { NewFile } from "../../core/new-file.ts";
import * as mx from "../../mlx/index.ts";
import { at, flattenParams, type Params, quantizedOf, unflattenParams } from "../../mlx/nn/index.ts";
import { openSource, sourceWeights } from "../convert/source.ts";
import { dequantizeRows } from "../convert/tensors.ts";
import type { LoadedDecoder } from "../load-decoder.ts";
import { tokenizerEntries } from "./export-tokenizer.ts";
import { type TensorType, unsupportedGguf } from "./format.ts";
import { ggufName, reorderRows, rotatedHeads } from "./names.ts";
import { readTokenizerParts } from "./tokenizer-json.ts";
import { type Entry, ggufHeader, type NewTensor, padding, tensorBytes } from "./write.ts";

export type GgufDtype = "float16" | "float32" | "bfloat16";

export interface GgufExportOptions {
  /** Type of the matrices, float16 by default; vectors are always float32, as llama.cpp wants them. */
  dtype?: GgufDtype;
}

export interface GgufExportReport {
  path: string;
  tensors: number;
  bytes: number;
  dtype: GgufDtype;
  /** What another program might do otherwise with the file. */
  warnings: string[];
}

/** What of a loaded decoder is read; the weights may be quantized, and are then written as plain numbers. */
export interface GgufSource
  extends Pick<LoadedDecoder, "dir" | "name" | "modelType" | "config" | "params" | "decoder"> {
  /** Free each weight when it is written. */
  once?: boolean;
}

const FAMILY = ["llama", "mistral"];
const TYPES: Readonly<Record<GgufDtype, { type: TensorType; fileType: number }>> = {
  float32: { type: "F32", fileType: 0 },
  float16: { type: "F16", fileType: 1 },
  bfloat16: { type: "BF16", fileType: 32 },
};

const Config = v.looseObject({
  hidden_size: v.number(),
  intermediate_size: v.number(),
  num_hidden_layers: v.number(),
  num_attention_heads: v.number(),
  num_key_value_heads: v.nullish(v.number()),
  head_dim: v.nullish(v.number()),
  vocab_size: v.number(),
  rms_norm_eps: v.number(),
  rope_theta: v.nullish(v.number()),
  rope_traditional: v.nullish(v.boolean()),
  rope_scaling: v.nullish(v.record(v.string(), v.unknown())),
  rope_parameters: v.nullish(v.record(v.string(), v.unknown())),
  max_position_embeddings: v.nullish(v.number()),
  layer_types: v.nullish(v.array(v.string())),
});
type Config = v.InferOutput<typeof Config>;

interface Planned extends NewTensor {
  /** Its bytes, made when its turn comes. */
  make(): Uint8Array;
}

/** @throws MdpError for an architecture that is not exported */
export function checkExportable({ modelType, dir }: Pick<GgufSource, "modelType" | "dir">): void {
  if (FAMILY.includes(modelType)) return;
  const reason = `models of type "${modelType}" are not exported as GGUF`;
  throw unsupportedGguf(dir, reason, `supported: ${FAMILY.join(", ")}`);
}

/** A model's folder; each weight is read when its turn comes. @throws MdpError as `openSource` and `exportGguf` */
export async function exportFolderAsGguf(
  dir: string,
  path: string,
  options: GgufExportOptions = {},
): Promise<GgufExportReport> {
  const source = await openSource(dir);
  const params = mx.keep(mx.tidy(() => unflattenParams(sourceWeights(source))));
  try {
    return await exportGguf({ ...source, name: basename(dir), params, once: true }, path, options);
  } finally {
    mx.disposeAll(params);
  }
}

/** @throws MdpError for another architecture, a tokenizer that GGUF cannot hold, or weights too large for the type */
export async function exportGguf(
  source: GgufSource,
  path: string,
  options: GgufExportOptions = {},
): Promise<GgufExportReport> {
  const { dtype = "float16" } = options;
  checkExportable(source);
  const config = v.parse(Config, source.config);
  if (config.layer_types?.includes("sliding_attention")) {
    throw unsupportedGguf(source.dir, "GGUF's llama has no layers with a sliding window", "use the model as it is");
  }
  const { entries: tokenizer, warnings } = tokenizerEntries(await readTokenizerParts(source.dir), config.vocab_size);
  const rope = ropeEntries(config, source.dir);
  const entries = [...modelEntries(source, config, TYPES[dtype].fileType), ...rope.entries, ...tokenizer];
  const tensors = [...planTensors(source, config, dtype), ...rope.tensors];
  clearAbandoned(path);
  const file = await NewFile.create(path);
  try {
    const header = ggufHeader(entries, tensors);
    await file.append(header);
    let bytes = header.length;
    for (const tensor of tensors) {
      const content = tensor.make();
      await file.append(content);
      await file.append(new Uint8Array(padding(content.length)));
      bytes += content.length + padding(content.length);
    }
    await file.commit();
    return { path, tensors: tensors.length, bytes, dtype, warnings };
  } catch (error) {
    await file.discard().catch(() => {});
    throw error;
  }
}

function modelEntries({ name }: GgufSource, config: Config, fileType: number): Entry[] {
  const number = (key: string, value: number): Entry => ({ key, kind: "u32", value });
  const heads = config.num_attention_heads;
  const headSize = headSizeOf(config);
  const entries: Entry[] = [
    { key: "general.architecture", kind: "string", value: "llama" },
    { key: "general.type", kind: "string", value: "model" },
    { key: "general.name", kind: "string", value: name },
    number("general.file_type", fileType),
    number("general.quantization_version", 2),
    number("llama.vocab_size", config.vocab_size),
    number("llama.embedding_length", config.hidden_size),
    number("llama.block_count", config.num_hidden_layers),
    number("llama.feed_forward_length", config.intermediate_size),
    number("llama.attention.head_count", heads),
    number("llama.attention.head_count_kv", config.num_key_value_heads ?? heads),
    number("llama.attention.key_length", headSize),
    number("llama.attention.value_length", headSize),
    number("llama.rope.dimension_count", headSize),
    { key: "llama.attention.layer_norm_rms_epsilon", kind: "f32", value: config.rms_norm_eps },
  ];
  // Required by llama.cpp; 2048 is what the first Llama has.
  entries.push(number("llama.context_length", config.max_position_embeddings ?? 2048));
  return entries;
}

function headSizeOf(config: Config): number {
  return config.head_dim ?? config.hidden_size / config.num_attention_heads;
}

/** Rotary positions: their base, and how they are stretched. */
function ropeEntries(config: Config, dir: string): { entries: Entry[]; tensors: Planned[] } {
  const scaling = config.rope_scaling ?? config.rope_parameters ?? {};
  const number = (key: string, fallback: number) => (typeof scaling[key] === "number" ? scaling[key] : fallback);
  const base = config.rope_theta ?? number("rope_theta", 10_000);
  const entries: Entry[] = [{ key: "llama.rope.freq_base", kind: "f32", value: base }];
  const type = scaling.type ?? scaling.rope_type ?? "default";
  const original = number("original_max_position_embeddings", 8192);
  if (type === "default") return { entries, tensors: [] };
  if (type === "llama3") {
    const factors = llama3Factors(headSizeOf(config), base, {
      factor: number("factor", 1),
      low: number("low_freq_factor", 1),
      high: number("high_freq_factor", 4),
      original,
    });
    const make = () => new Uint8Array(factors.buffer);
    return { entries, tensors: [{ name: "rope_freqs.weight", type: "F32", shape: [factors.length], make }] };
  }
  if (type !== "linear" && type !== "yarn") {
    throw unsupportedGguf(
      dir,
      `rope type "${type}" cannot be written as GGUF`,
      "supported: default, linear, llama3, yarn",
    );
  }
  entries.push({ key: "llama.rope.scaling.type", kind: "string", value: type });
  entries.push({ key: "llama.rope.scaling.factor", kind: "f32", value: number("factor", 1) });
  if (type === "yarn")
    entries.push({ key: "llama.rope.scaling.original_context_length", kind: "u32", value: original });
  return { entries, tensors: [] };
}

export interface Llama3Scaling {
  factor: number;
  low: number;
  high: number;
  original: number;
}

/** Llama 3.1's factor of each rotated pair's wave length, as llama.cpp's converter computes it. */
export function llama3Factors(headSize: number, base: number, scaling: Llama3Scaling): Float32Array {
  const { factor, low, high, original } = scaling;
  return Float32Array.from({ length: headSize / 2 }, (_, pair) => {
    const wave = 2 * Math.PI * base ** ((2 * pair) / headSize);
    if (wave < original / high) return 1;
    if (wave > original / low) return factor;
    const smooth = (original / wave - low) / (high - low);
    return 1 / ((1 - smooth) / factor + smooth);
  });
}

function planTensors(source: GgufSource, config: Config, dtype: GgufDtype): Planned[] {
  const shapes = source.decoder.shapes();
  const heads = { queries: config.num_attention_heads, keys: config.num_key_value_heads ?? config.num_attention_heads };
  const known = new Set(Object.keys(shapes));
  for (const [name] of flattenParams(source.params)) {
    const layer = name.replace(/\.(scales|biases)$/, ".weight");
    if (known.has(layer)) continue;
    throw unsupportedGguf(
      source.dir,
      `the weight ${name} has no place in a GGUF file`,
      "fuse the adapter into the model first",
    );
  }
  return Object.entries(shapes).map(([name, shape]) => {
    const own = ggufName(name);
    if (own === undefined)
      throw unsupportedGguf(source.dir, `the weight ${name} has no name in GGUF`, "use the model as it is");
    const target = shape.length === 1 ? "float32" : dtype;
    const rotated = config.rope_traditional ? undefined : rotatedHeads(name, heads);
    const planned: NewTensor = { name: own, type: TYPES[target].type, shape };
    const make = () => {
      const bytes = new Uint8Array(mx.tidy(() => plainBytes(source.params, name, shape.at(-1)!, target)));
      if (source.once) freeWritten(source.params, name);
      if (bytes.length !== tensorBytes(planned))
        throw unsupportedGguf(source.dir, `${name} is not of shape [${shape}]`, "convert the model again");
      return rotated === undefined ? bytes : reorderRows(bytes, bytes.length / shape[0]!, shape[0]! / rotated, true);
    };
    return { ...planned, make };
  });
}

/** A weight's numbers in another type, dequantized where needed. */
function plainBytes(params: Params, name: string, width: number, dtype: GgufDtype): ArrayBuffer {
  const layer = layerOf(params, name);
  const last = name.slice(name.lastIndexOf(".") + 1);
  const quantized = last === "weight" ? quantizedOf(layer, width) : undefined;
  const plain = quantized ? dequantizeRows(quantized, width) : (layer[last] as mx.MlxArray);
  const cast = mx.astype(plain, dtype);
  if (dtype === "float16" && plain.dtype !== "float16" && mx.any(mx.isinf(cast)).item()) {
    throw new MdpError({
      code: "gguf-overflow",
      message: `${name} holds numbers beyond 65504, which float16 cannot hold`,
      where: name,
      hint: "export as float32 or bfloat16",
    });
  }
  return cast.toBytes();
}

function layerOf(params: Params, name: string): Params {
  return at(params, name.slice(0, name.lastIndexOf(".")));
}

function freeWritten(params: Params, name: string): void {
  const { bias, ...matrix } = layerOf(params, name);
  mx.disposeAll(name.endsWith(".bias") ? bias : matrix);
  mx.clearCache();
}
