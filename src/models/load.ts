/** Weights of an encoder, checked against its configuration and held in memory. */
import { MdpError } from "../core/errors.ts";
import * as mx from "../mlx/index.ts";
import { type Params, unflattenParams } from "../mlx/nn/params.ts";
import type { ModelFolder } from "./folder.ts";
import { loadArchitecture } from "./index.ts";
import type { Encoder, EncoderInput, Weights } from "./model.ts";

export interface LoadedEncoder extends Disposable {
  /** Hidden states `[batch, length, width]`; not computed yet. */
  forward(input: EncoderInput): mx.MlxArray;
}

export async function loadEncoder(folder: ModelFolder): Promise<LoadedEncoder> {
  const factory = await loadArchitecture(folder.modelType, folder.configPath);
  const encoder = factory(folder.config, folder.configPath);
  const params = loadParams(encoder, folder.weightsPath);
  return {
    forward: (input) => encoder.forward(params, input),
    [Symbol.dispose]: () => mx.disposeAll(params),
  };
}

/** Weights from a safetensors file, float32, each with the shape that the configuration asks for. */
export function loadParams(model: Pick<Encoder, "sanitize" | "shapes">, path: string): Params {
  return mx.keep(
    mx.tidy(() => {
      const weights = model.sanitize(mx.loadSafetensors(path).tensors);
      const wanted = model.shapes();
      const kept: Weights = new Map();
      for (const [name, shape] of Object.entries(wanted)) {
        const weight = weights.get(name);
        if (!weight) throw wrongWeights(`the weights lack ${name}`, path);
        if (weight.shape.join() !== shape.join()) {
          throw wrongWeights(`${name} has shape [${weight.shape}], the configuration asks for [${shape}]`, path);
        }
        kept.set(name, mx.astype(weight, "float32", mx.cpuStream()));
      }
      mx.evaluate(...kept.values());
      return unflattenParams(kept);
    }),
  );
}

function wrongWeights(message: string, where: string): MdpError {
  return new MdpError({ code: "model-weights", message, where, hint: "download the model again" });
}
