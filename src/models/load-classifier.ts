/** A sequence classifier with its weights, checked against its configuration and held in memory. */
import * as mx from "../mlx/index.ts";
import { at, type Params } from "../mlx/nn/params.ts";
import { pool } from "../mlx/nn/pooling.ts";
import type { ClassifierFolder } from "./classifier-folder.ts";
import type { ClassifierArchitecture } from "./classifiers/classifier.ts";
import { classifierArchitectures } from "./classifiers/index.ts";
import { encoders } from "./index.ts";
import { loadParams } from "./load.ts";
import type { EncoderInput } from "./model.ts";

export interface LoadedClassifier extends Disposable {
  /** Logits `[batch, labels]`; not computed yet. `present` is 1 for tokens, 0 for padding. */
  logits(input: EncoderInput, present: mx.MlxArray): mx.MlxArray;
}

/** Loads the weights; an `MdpError` names the first that is missing or has another shape. */
export async function loadClassifier(folder: ClassifierFolder): Promise<LoadedClassifier> {
  const { config, configPath, labels } = folder;
  const architecture = await classifierArchitectures.load(folder.modelType);
  const factory = await encoders.load("bert");
  const encoder = factory(architecture.encoderConfig(config), configPath);
  const params = loadParams(
    {
      // BERT's own clean-up knows the names of old conversions; it would drop the head.
      sanitize: (weights) => {
        const all = architecture.sanitize(weights, config);
        return new Map([...all, ...encoder.sanitize(all)]);
      },
      shapes: () => ({ ...encoder.shapes(), ...headShapes(architecture, encoder.config.hidden_size, labels.length) }),
    },
    folder.weightFiles,
  );
  return {
    logits: (input, present) => head(architecture, params, pool(encoder.forward(params, input), present, "cls")),
    [Symbol.dispose]: () => mx.disposeAll(params),
  };
}

function headShapes(architecture: ClassifierArchitecture, hidden: number, labels: number): Record<string, mx.Shape> {
  const shapes = Object.entries(architecture.headShapes(hidden, labels));
  return Object.fromEntries(shapes.map(([name, shape]) => [`head.${name}`, shape]));
}

function head(architecture: ClassifierArchitecture, params: Params, first: mx.MlxArray): mx.MlxArray {
  return architecture.head(at(params, "head"), first);
}
