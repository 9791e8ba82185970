/** A GGUF file of the llama family as a model's folder: safetensors, configuration and tokenizer. */
import { join } from "node:path";
import { InterruptedError } from "../../core/errors.ts";
import { float32ToBfloat16 } from "../../mlx/dtype.ts";
import { makeModelFolder } from "../convert/new-folder.ts";
import type { PlannedTensor } from "../convert/tensor-file.ts";
import { writeTensors } from "../convert/write-weights.ts";
import { loadDecoderArchitecture } from "../index.ts";
import { dequantizeBlocks } from "./blocks.ts";
import { badGguf, type GgufTensor, type TensorType, tensorBlocks } from "./format.ts";
import { type ImportedConfig, importedConfig, ROPE_FACTORS } from "./import-config.ts";
import { importedTokenizer } from "./import-tokenizer.ts";
import { huggingName, reorderRows, rotatedHeads } from "./names.ts";
import { packBlocks, packedBits } from "./pack.ts";
import { type GgufFile, openGguf } from "./read.ts";

export interface GgufImportOptions {
  /** Keep Q8_0, Q4_0 and Q4_1 as MLX's affine quantization in groups of 32, instead of turning them into float16. */
  keepQuantized?: boolean;
  signal?: AbortSignal | undefined;
}

export interface GgufImportReport {
  dir: string;
  tensors: number;
  /** Bytes of the weights. */
  bytes: number;
  dtype: "float32" | "float16" | "bfloat16";
  /** Bits of the weights that stayed quantized, null when none did. */
  bits: number | null;
}

const PIECE_BYTES = 2 ** 22;
const CODES = { float32: "F32", float16: "F16", bfloat16: "BF16" } as const;

/** @throws MdpError when the file is damaged or not supported, or the folder is there already; InterruptedError */
export async function importGguf(
  path: string,
  outDir: string,
  options: GgufImportOptions = {},
): Promise<GgufImportReport> {
  using file = openGguf(path);
  const dtype = plainType(file);
  const config = importedConfig(file, dtype);
  const planned = await planWeights(file, config, dtype, options.keepQuantized ?? false);
  const { tokenizer, config: tokenizerConfig } = importedTokenizer(file);
  const quantization = planned.quantization && {
    quantization: planned.quantization,
    quantization_config: planned.quantization,
  };
  const parameters = file.tensors.reduce((sum, { shape }) => sum + shape.reduce((product, n) => product * n, 1), 0);
  const onBytes = () => {
    if (options.signal?.aborted) throw new InterruptedError("nothing was written");
  };
  const { bytes } = await makeModelFolder(outDir, { source: path }, async (dir) => {
    const write = (name: string, json: object) => Bun.write(join(dir, name), `${JSON.stringify(json, null, 2)}\n`);
    await write("config.json", { ...config, ...quantization });
    await write("tokenizer.json", tokenizer);
    await write("tokenizer_config.json", tokenizerConfig);
    return writeTensors(dir, planned.tensors, { parameters, onBytes });
  });
  return { dir: outDir, tensors: planned.tensors.length, bytes, dtype, bits: planned.quantization?.bits ?? null };
}

/** One type for all plain weights, that of the matrices: MLX would compute in the wider of two. */
function plainType(file: GgufFile): "float32" | "float16" | "bfloat16" {
  const matrices = file.tensors.filter(({ shape }) => shape.length > 1);
  if (matrices.length > 0 && matrices.every(({ type }) => type === "F32")) return "float32";
  return matrices.length > 0 && matrices.every(({ type }) => type === "BF16" || type === "F32")
    ? "bfloat16"
    : "float16";
}

interface Quantization {
  group_size: number;
  bits: number;
  mode: "affine";
  [layer: string]: unknown;
}

async function planWeights(file: GgufFile, config: ImportedConfig, dtype: keyof typeof CODES, keep: boolean) {
  const where = file.path;
  const decoder = (await loadDecoderArchitecture(config.model_type, where))(config, where);
  const shapes = decoder.shapes();
  const found = new Map<string, GgufTensor>();
  for (const tensor of file.tensors) {
    if (tensor.name === ROPE_FACTORS) continue;
    const name = huggingName(tensor.name);
    if (name === undefined || shapes[name] === undefined)
      throw badGguf(where, `a llama of this size has no tensor ${tensor.name.slice(0, 80)}`);
    found.set(name, tensor);
  }
  const heads = { queries: config.num_attention_heads, keys: config.num_key_value_heads };
  const tensors: PlannedTensor[] = [];
  const bitsOf = new Map<string, number>();
  for (const [name, shape] of Object.entries(shapes)) {
    const tensor = found.get(name);
    if (tensor === undefined) throw badGguf(where, `it lacks the tensor for ${name}`);
    if (tensor.shape.join() !== shape.join()) {
      throw badGguf(where, `${tensor.name} has shape [${tensor.shape}], the metadata asks for [${shape}]`);
    }
    const rotated = rotatedHeads(name, heads);
    const headRows = rotated === undefined ? undefined : shape[0]! / rotated;
    const bits = keep && shape.length === 2 ? packedBits(tensor.type) : undefined;
    if (bits === undefined) {
      const bytes = shape.reduce((product, n) => product * n, 1) * (dtype === "float32" ? 4 : 2);
      tensors.push({
        name,
        dtype: CODES[dtype],
        shape,
        bytes,
        pieces: () => plainPieces(file, tensor, headRows, dtype),
      });
    } else {
      bitsOf.set(name.replace(/\.weight$/, ""), bits);
      tensors.push(...packedParts(file, tensor, name, headRows, bits));
    }
  }
  return { tensors, quantization: quantizationOf(bitsOf) };
}

/** The commonest width for all layers, and by name the layers with another. */
function quantizationOf(bitsOf: ReadonlyMap<string, number>): Quantization | undefined {
  if (bitsOf.size === 0) return undefined;
  const count = (bits: number) => [...bitsOf.values()].filter((own) => own === bits).length;
  const bits = count(8) > count(4) ? 8 : 4;
  const others = [...bitsOf].filter(([, own]) => own !== bits);
  const own = others.map(([layer, layerBits]) => [layer, { group_size: 32, bits: layerBits, mode: "affine" }]);
  return { group_size: 32, bits, mode: "affine", ...Object.fromEntries(own) };
}

/** A tensor's blocks in whole rows (whole heads where they are reordered), in Hugging Face's order of rows. */
function* rowPieces(file: GgufFile, tensor: GgufTensor, headRows: number | undefined): Generator<Uint8Array> {
  const { elements, bytes: blockBytes } = tensorBlocks[tensor.type];
  const isVector = tensor.shape.length === 1;
  if (isVector && headRows !== undefined && elements > 1)
    throw badGguf(file.path, `${tensor.name} is a vector of blocks`);
  // A number of a vector is what a row of a matrix is.
  const rowBytes = (isVector ? 1 : tensor.shape.at(-1)! / elements) * blockBytes;
  const step = rowBytes * (headRows ?? 1);
  const pieceBytes = Math.max(1, Math.floor(PIECE_BYTES / step)) * step;
  for (let at = 0; at < tensor.bytes; at += pieceBytes) {
    const piece = new Uint8Array(Math.min(pieceBytes, tensor.bytes - at));
    file.read(piece, tensor.position + at);
    yield headRows === undefined ? piece : reorderRows(piece, rowBytes, headRows, false);
  }
}

function* plainPieces(
  file: GgufFile,
  tensor: GgufTensor,
  headRows: number | undefined,
  dtype: keyof typeof CODES,
): Generator<Uint8Array> {
  for (const piece of rowPieces(file, tensor, headRows)) {
    yield CODES[dtype] === tensor.type ? piece : numbersAs(tensor.type, piece, dtype);
  }
}

function numbersAs(type: TensorType, bytes: Uint8Array, dtype: keyof typeof CODES): Uint8Array {
  const values = dequantizeBlocks(type, bytes);
  if (dtype === "float32") return new Uint8Array(values.buffer);
  if (dtype === "float16") return new Uint8Array(new Float16Array(values).buffer);
  return new Uint8Array(float32ToBfloat16(values).buffer);
}

function packedParts(
  file: GgufFile,
  tensor: GgufTensor,
  name: string,
  headRows: number | undefined,
  bits: 4 | 8,
): PlannedTensor[] {
  const [rows, width] = tensor.shape as [number, number];
  const layer = name.replace(/\.weight$/, "");
  const part = (which: "weight" | "scales" | "biases"): PlannedTensor => ({
    name: `${layer}.${which}`,
    dtype: which === "weight" ? "U32" : "F16",
    shape: [rows, which === "weight" ? (width * bits) / 32 : width / 32],
    bytes: which === "weight" ? (rows * width * bits) / 8 : (rows * width) / 16,
    *pieces() {
      for (const piece of rowPieces(file, tensor, headRows)) yield packBlocks(tensor.type, piece, which);
    },
  });
  return [part("weight"), part("scales"), part("biases")];
}
