/** A sequence classifier with its weights, checked against its configuration and held in memory. */
import * as mx from "../mlx/index.ts";
import { at } from "../mlx/nn/params.ts";
import type { ClassifierFolder } from "./classifier-folder.ts";
import { headWeights } from "./classifiers/classifier.ts";
import { classifierArchitectures } from "./classifiers/index.ts";
import { loadArchitecture } from "./index.ts";
import { loadParams, type WeightType } from "./load.ts";
import type { EncoderInput } from "./model.ts";

export interface LoadedClassifier extends Disposable {
  /** Logits `[batch, labels]`, float32; not computed yet. `present` is 1 for tokens, 0 for padding. */
  logits(input: EncoderInput, present: mx.MlxArray): mx.MlxArray;
}

/** Loads the weights; an `MdpError` names those that are missing or have another shape. */
export async function loadClassifier(folder: ClassifierFolder, type?: WeightType): Promise<LoadedClassifier> {
  const { config, configPath, labels, modelType } = folder;
  const architecture = await classifierArchitectures.load(modelType);
  const encoder = (await loadArchitecture(modelType, configPath))(config, configPath);
  const head = Object.entries(architecture.headShapes(encoder.config.hidden_size, labels.length, config));
  const params = loadParams(
    {
      sanitize: (weights) => new Map([...headWeights(weights, architecture), ...encoder.sanitize(weights)]),
      shapes: () => ({
        ...encoder.shapes(),
        ...Object.fromEntries(head.map(([name, shape]) => [`head.${name}`, shape])),
      }),
    },
    folder.weightFiles,
    type,
  );
  return {
    logits: (input, present) => {
      const hidden = encoder.forward(params, { ...input, firstOnly: architecture.firstOnly });
      const counted = mx.astype(present, hidden.dtype);
      return mx.astype(architecture.head(at(params, "head"), hidden, counted, config), "float32");
    },
    [Symbol.dispose]: () => mx.disposeAll(params),
  };
}
