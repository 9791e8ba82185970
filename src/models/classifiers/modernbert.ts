/** ModernBertForSequenceClassification: the first token or the mean, a dense step with GELU and a norm, the classifier. */
import * as v from "valibot";
import { type ActivationName, activations, at, layerNorm, linear, pool } from "../../mlx/nn/index.ts";
import { type ClassifierArchitecture, denseShapes, type RawConfig } from "./classifier.ts";

const HeadConfig = v.object({
  classifier_pooling: v.optional(v.picklist(["cls", "mean"]), "cls"),
  classifier_activation: v.optional(v.picklist(Object.keys(activations) as ActivationName[]), "gelu"),
  classifier_bias: v.optional(v.boolean(), false),
  norm_bias: v.optional(v.boolean(), false),
  norm_eps: v.optional(v.number(), 1e-5),
});
const read = (config: RawConfig) => v.parse(HeadConfig, config);

const architecture: ClassifierArchitecture = {
  names: [
    [/^head\.(?=dense\.|norm\.)/, "head."],
    [/^classifier\./, "head.classifier."],
  ],
  headShapes: (hidden, labels, config) => {
    const { classifier_bias: bias, norm_bias: normBias } = read(config);
    return {
      ...denseShapes("dense", hidden, hidden, bias),
      "norm.weight": [hidden],
      ...(normBias ? { "norm.bias": [hidden] } : {}),
      ...denseShapes("classifier", labels, hidden),
    };
  },
  head: (params, hidden, present, config) => {
    const { classifier_pooling: pooling, classifier_activation: activation, norm_eps: eps } = read(config);
    const dense = activations[activation](linear(pool(hidden, present, pooling), at(params, "dense")));
    return linear(layerNorm(dense, at(params, "norm"), eps), at(params, "classifier"));
  },
};
export default architecture;
