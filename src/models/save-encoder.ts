/** A folder of a fine-tuned encoder that everything takes which took the original: its files, with other weights. */
import { existsSync } from "node:fs";
import { cp, mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as mx from "../mlx/index.ts";
import { flattenParams, type Params } from "../mlx/nn/params.ts";
import { makeModelFolder } from "./convert/new-folder.ts";
import type { ModelFolder } from "./folder.ts";
import { readAll } from "./load-decoder.ts";
import type { Encoder } from "./model.ts";

/** File of a trained encoder's folder that says what it was made of, and that it was made here. */
export const TRAINED_FROM = "trained_from.json";

/** Weights in other formats, which would still be the old ones; and what describes the old ones only. */
const left =
  /^(README\.md|data_config\.json|onnx|openvino|.*\.(safetensors|bin|h5|ot|msgpack|onnx|gguf)(\.index\.json)?)$/;

/**
 * Copies the folder's files to `out`, with `params` as weights: under their names and in the types of the original
 * file, beside the tensors that the encoder does not use. The folder appears when it is complete; with `overwrite` it
 * takes the place of a model that is there. `from` is what `TRAINED_FROM` will hold.
 */
export async function saveEncoder(
  folder: ModelFolder,
  encoder: Encoder,
  params: Params,
  out: string,
  { overwrite = false, from = {} }: { overwrite?: boolean | undefined; from?: Record<string, unknown> } = {},
): Promise<void> {
  await makeModelFolder(out, { overwrite, source: folder.dir }, async (partial) => {
    for (const name of (await readdir(folder.dir)).sort()) {
      if (!left.test(name)) await cp(join(folder.dir, name), join(partial, name), { recursive: true });
    }
    if (!existsSync(join(partial, "modules.json"))) await describePooling(folder, partial);
    await writeJson(join(partial, TRAINED_FROM), from);
    saveWeights(folder, encoder, params, join(partial, "model.safetensors"));
  });
}

function saveWeights(folder: ModelFolder, encoder: Encoder, params: Params, path: string): void {
  mx.tidy(() => {
    const tensors = readAll(folder.weightFiles);
    const nameOf = new Map([...tensors].map(([name, tensor]) => [tensor, name]));
    const plain = encoder.sanitize(new Map(tensors));
    const trained = new Map(flattenParams(params));
    for (const [name, tensor] of plain) {
      const weight = trained.get(name);
      if (weight) tensors.set(nameOf.get(tensor)!, mx.astype(weight, tensor.dtype, mx.cpuStream()));
    }
    mx.saveSafetensors(
      path,
      [...tensors].sort(([a], [b]) => (a < b ? -1 : 1)),
      [["format", "pt"]],
    );
  });
}

const writeJson = (path: string, value: unknown) => writeFile(path, `${JSON.stringify(value, null, 2)}\n`);

/** What was known of the original by its name has to be said once the name is another. */
async function describePooling(folder: ModelFolder, dir: string): Promise<void> {
  const kinds = ["Transformer", "Pooling", ...(folder.normalize ? ["Normalize"] : [])];
  const modules = kinds.map((kind, idx) => ({
    idx,
    name: String(idx),
    path: idx === 0 ? "" : `${idx}_${kind}`,
    type: `sentence_transformers.models.${kind}`,
  }));
  const write = (name: string, value: unknown) => writeJson(join(dir, name), value);
  await mkdir(join(dir, "1_Pooling"), { recursive: true });
  await write("modules.json", modules);
  await write("1_Pooling/config.json", { pooling_mode: folder.pooling });
  await write("sentence_bert_config.json", { max_seq_length: folder.maxTokens });
  await write("config_sentence_transformers.json", {
    prompts: { query: folder.queryPrefix, document: folder.documentPrefix },
  });
}
