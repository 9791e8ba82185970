/** A model and an adapter become one model's folder. */
import * as mx from "../../mlx/index.ts";
import { flattenParams, unflattenParams } from "../../mlx/nn/params.ts";
import type { LoadedAdapter } from "../adapters/adapter.ts";
import { applyAdapter } from "../adapters/apply.ts";
import { fuseParams } from "../adapters/fuse.ts";
import { loadAdapter } from "../adapters/load.ts";
import { writtenConfig } from "../convert/config-json.ts";
import { checkNewModelFolder } from "../convert/new-folder.ts";
import { type SaveOptions, type SaveReport, saveModel } from "../convert/save-model.ts";
import { openSource, type Source, sourceWeights } from "../convert/source.ts";
import { dequantizeWeights } from "../convert/tensors.ts";
import type { Weights } from "../model.ts";
import { type RequantizationLoss, requantizationLoss } from "./requantization-loss.ts";

export interface FuseRequest extends SaveOptions {
  /** Folder of the model. */
  dir: string;
  /** Folder of the adapter, mlx-lm's or PEFT's. */
  adapter: string;
  /** Writes plain weights, all of them; otherwise changed layers are quantized again as they were. */
  dequantize?: boolean | undefined;
  /** Told before the model is written, where changed layers are quantized again. */
  onLoss?: ((loss: RequantizationLoss) => void) | undefined;
}

export interface FuseReport extends SaveReport {
  /** What quantizing again did to the change; null where nothing was. */
  loss: RequantizationLoss | null;
}

export async function fuseModel(request: FuseRequest): Promise<FuseReport> {
  const { dir, adapter: adapterDir, out, overwrite, dequantize = false, onLoss } = request;
  checkNewModelFolder(out, { overwrite, source: dir });
  const source = await openSource(dir);
  // Read a second time: measuring frees each layer as soon as it was seen.
  const loss = dequantize ? undefined : await withAdapter(adapterDir, (adapter) => lossOf(source, adapter, adapterDir));
  if (loss) onLoss?.(loss);
  const weights = await withAdapter(adapterDir, (adapter) =>
    mx.keep(mx.tidy(() => fusedWeights(source, adapter, adapterDir, dequantize))),
  );
  const report = await saveModel(source, weights, writtenConfig(source.raw, dequantize ? null : undefined), request);
  return { ...report, loss: loss ?? null };
}

async function withAdapter<T>(dir: string, use: (adapter: LoadedAdapter) => T): Promise<T> {
  const adapter = await loadAdapter(dir);
  try {
    return use(adapter);
  } finally {
    mx.disposeAll(adapter.arrays);
  }
}

function lossOf(source: Source, adapter: LoadedAdapter, where: string): RequantizationLoss | undefined {
  const { decoder } = source;
  const params = mx.tidy(() => applyAdapter(unflattenParams(sourceWeights(source)), decoder.shapes(), adapter, where));
  return requantizationLoss(params, decoder);
}

function fusedWeights(source: Source, adapter: LoadedAdapter, where: string, dequantize: boolean): Weights {
  const params = unflattenParams(sourceWeights(source));
  const adapted = applyAdapter(params, source.decoder.shapes(), adapter, where);
  const own = new Set(adapter.arrays.values());
  const fused: Weights = new Map(
    // Where all weights were trained they are the adapter's arrays themselves, which are freed before they are written.
    flattenParams(fuseParams(adapted, { dequantize })).map(([name, array]) => [
      name,
      own.has(array) ? mx.astype(array, array.dtype) : array,
    ]),
  );
  return dequantize ? dequantizeWeights(fused, source.decoder.shapes()) : fused;
}
