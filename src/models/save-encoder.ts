/** A folder of a fine-tuned encoder that everything takes which took the original: its files, with other weights. */
import { existsSync } from "node:fs";
import { cp, mkdir, readdir, rename, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { MdpError } from "../core/errors.ts";
import { clearAbandoned, partialPlace } from "../core/leftovers.ts";
import * as mx from "../mlx/index.ts";
import { flattenParams, type Params } from "../mlx/nn/params.ts";
import type { ModelFolder } from "./folder.ts";
import { readAll } from "./load-decoder.ts";
import type { Encoder } from "./model.ts";

/** Weights in other formats, which would still be the old ones; and what describes the old ones only. */
const left =
  /^(README\.md|data_config\.json|onnx|openvino|.*\.(safetensors|bin|h5|ot|msgpack|onnx|gguf)(\.index\.json)?)$/;

/** @throws MdpError `exists` when something is there already */
export function checkNewFolder(out: string): void {
  if (!existsSync(resolve(out))) return;
  throw new MdpError({
    code: "exists",
    message: "the output folder is there already, and nothing is written over",
    where: out,
    hint: "name another with --out",
  });
}

/**
 * Copies the folder's files to `out`, with `params` as weights: under their names and in the types of the original
 * file, beside the tensors that the encoder does not use. The folder appears when it is complete.
 */
export async function saveEncoder(folder: ModelFolder, encoder: Encoder, params: Params, out: string): Promise<void> {
  clearAbandoned(out);
  checkNewFolder(out);
  using place = partialPlace(out);
  const partial = place.path;
  await mkdir(partial, { recursive: true });
  for (const name of (await readdir(folder.dir)).sort()) {
    if (!left.test(name)) await cp(join(folder.dir, name), join(partial, name), { recursive: true });
  }
  if (!existsSync(join(partial, "modules.json"))) await describePooling(folder, partial);
  saveWeights(folder, encoder, params, join(partial, "model.safetensors"));
  checkNewFolder(out);
  await rename(partial, out);
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

/** What was known of the original by its name has to be said once the name is another. */
async function describePooling(folder: ModelFolder, dir: string): Promise<void> {
  const kinds = ["Transformer", "Pooling", ...(folder.normalize ? ["Normalize"] : [])];
  const modules = kinds.map((kind, idx) => ({
    idx,
    name: String(idx),
    path: idx === 0 ? "" : `${idx}_${kind}`,
    type: `sentence_transformers.models.${kind}`,
  }));
  const write = (name: string, value: unknown) => writeFile(join(dir, name), `${JSON.stringify(value, null, 2)}\n`);
  await mkdir(join(dir, "1_Pooling"), { recursive: true });
  await write("modules.json", modules);
  await write("1_Pooling/config.json", { pooling_mode: folder.pooling });
  await write("sentence_bert_config.json", { max_seq_length: folder.maxTokens });
  await write("config_sentence_transformers.json", {
    prompts: { query: folder.queryPrefix, document: folder.documentPrefix },
  });
}
