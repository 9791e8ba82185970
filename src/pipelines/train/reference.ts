/** The model that preference training compares with. */
import { basename } from "node:path";
import * as mx from "../../mlx/index.ts";
import type { Params } from "../../mlx/nn/params.ts";
import { applyAdapter } from "../../models/adapters/apply.ts";
import { loadAdapter } from "../../models/adapters/load.ts";
import type { LoadedDecoder } from "../../models/load-decoder.ts";
import type { TrainSettings } from "../../train/config.ts";
import { frozenCopy, type ReferenceOf, withoutAdapters } from "../../train/dpo.ts";
import type { OnNote } from "./notes.ts";

export interface Reference extends Disposable {
  of: ReferenceOf;
}

/**
 * The model without any adapter where pairs are trained, a copy of what training begins with where all weights are;
 * with a folder that model with the adapter in it, of whatever method.
 *
 * @param params where training begins @param trained paths of what it changes
 */
export async function openReference(
  model: LoadedDecoder,
  params: Params,
  trained: readonly string[],
  { fineTuneType }: Pick<TrainSettings, "fineTuneType">,
  adapterDir: string | null,
): Promise<Reference> {
  const adapter = adapterDir === null ? undefined : await loadAdapter(adapterDir);
  const frozen = fineTuneType === "full" ? frozenCopy(params, trained) : undefined;
  const dispose = () => {
    frozen?.[Symbol.dispose]();
    if (adapter) mx.disposeAll(adapter.arrays);
  };
  const of = frozen?.reference ?? withoutAdapters;
  if (!adapter || adapterDir === null) return { of, [Symbol.dispose]: dispose };
  try {
    const tree = applyAdapter(of(params), model.decoder.shapes(), adapter, adapterDir);
    mx.evaluate(...adapter.arrays.values());
    return { of: () => tree, [Symbol.dispose]: dispose };
  } catch (error) {
    dispose();
    throw error;
  }
}

/** Who goes on with an adapter may take it for the reference, as it is where all weights are trained. */
export function noteReference({ fineTuneType, resumeAdapterFile: file }: TrainSettings, onNote: OnNote): void {
  if (file === undefined || fineTuneType === "full") return;
  onNote?.(
    `The reference is the model without adapters, not with ${basename(file)}: ` +
      "--reference-adapter takes the folder of one",
  );
}
