/** A decoder's folder: configuration, weights in one file or several, tokenizer; held in memory in the files' types. */
import { existsSync, readdirSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import * as v from "valibot";
import { MdpError } from "../core/errors.ts";
import * as mx from "../mlx/index.ts";
import { type Params, unflattenParams } from "../mlx/nn/params.ts";
import type { LayerCache } from "./cache/cache.ts";
import { type CacheOptions, makeCaches } from "./cache/make-caches.ts";
import type { Decoder, DecoderInput } from "./decoder.ts";
import { checkedWeights, wrongWeights } from "./decoder-weights.ts";
import { loadDecoderArchitecture } from "./index.ts";
import { readJson, readOptionalJson } from "./json.ts";
import type { Weights } from "./model.ts";

const TokenIds = v.nullish(v.union([v.number(), v.array(v.number())]));
const ModelConfig = v.looseObject({ model_type: v.string(), eos_token_id: TokenIds });
const GenerationConfig = v.looseObject({ eos_token_id: TokenIds });

/** A model that generates text, ready to run. Dispose of it to free its weights. */
export interface LoadedDecoder extends Disposable {
  readonly name: string;
  readonly dir: string;
  readonly modelType: string;
  /** The contents of `config.json`. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly decoder: Decoder;
  /** Weights by their names in the file; replaced where adapters are put in. */
  params: Params;
  /** Tokens that end a text: of `generation_config.json`, else of `config.json`. */
  readonly eosIds: readonly number[];
  /** Logits `[batch, length, vocab_size]`; not computed yet. */
  logits(input: DecoderInput): mx.MlxArray;
  /** Empty caches, one per layer. */
  makeCaches(options?: CacheOptions): LayerCache[];
}

/** @param dir a folder with config.json and model*.safetensors */
export async function openDecoder(dir: string): Promise<LoadedDecoder> {
  const configPath = join(dir, "config.json");
  const config = await readJson(configPath, ModelConfig);
  const factory = await loadDecoderArchitecture(config.model_type, configPath);
  const decoder = factory(config, configPath);
  const generation = await readOptionalJson(join(dir, "generation_config.json"), GenerationConfig);
  const eos = generation?.eos_token_id ?? config.eos_token_id ?? [];
  const files = weightFiles(dir);
  await checkParts(dir, files);
  const loaded: LoadedDecoder = {
    name: basename(dir),
    dir,
    modelType: config.model_type,
    config,
    decoder,
    params: loadDecoderParams(decoder, files),
    eosIds: Array.isArray(eos) ? eos : [eos],
    logits: (input) => decoder.head(loaded.params, decoder.forward(loaded.params, input)),
    makeCaches: (options) => makeCaches(decoder.windows, options),
    [Symbol.dispose]: () => mx.disposeAll(loaded.params),
  };
  return loaded;
}

const Index = v.looseObject({ weight_map: v.record(v.string(), v.string()) });

/** `model.safetensors`, or the parts `model-00001-of-0000N.safetensors`, in order. */
export function weightFiles(dir: string): string[] {
  const names = existsSync(dir) ? readdirSync(dir).filter((name) => /^model.*\.safetensors$/.test(name)) : [];
  if (names.length > 0) return names.sort().map((name) => join(dir, name));
  throw new MdpError({
    code: "model-incomplete",
    message: "the model has no weights (model*.safetensors)",
    where: dir,
    hint: "convert the model to safetensors",
  });
}

/** Throws when the list of parts, where there is one, names a file that is not there. */
export async function checkParts(dir: string, files: readonly string[]): Promise<void> {
  const index = await readOptionalJson(join(dir, "model.safetensors.index.json"), Index);
  const present = new Set(files.map((file) => basename(file)));
  const missing = [...new Set(Object.values(index?.weight_map ?? {}))].filter((name) => !present.has(name));
  if (missing.length === 0) return;
  throw new MdpError({
    code: "model-incomplete",
    message: `the model lacks ${missing.length} of its files, ${missing[0]} first`,
    where: dir,
    hint: "download the model again",
  });
}

/** Weights with the shapes that the configuration asks for; a quantized layer has `scales` (and `biases`) beside it. */
export function loadDecoderParams(decoder: Pick<Decoder, "sanitize" | "shapes">, files: readonly string[]): Params {
  const where = files.length === 1 ? files[0]! : dirname(files[0]!);
  return mx.keep(
    mx.tidy(() => {
      const kept = checkedWeights(decoder.sanitize(readAll(files)), decoder.shapes(), where);
      mx.evaluate(...kept.values());
      return unflattenParams(kept);
    }),
  );
}

/** The tensors of all files, not read yet; throws when two files hold one name. */
export function readAll(files: readonly string[]): Weights {
  const read: Weights = new Map();
  for (const file of files) {
    for (const [name, tensor] of mx.loadSafetensors(file).tensors) {
      if (read.has(name)) throw wrongWeights(`${name} is in several files`, file);
      read.set(name, tensor);
    }
  }
  return read;
}
