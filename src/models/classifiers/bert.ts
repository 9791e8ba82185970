/** BertForSequenceClassification: the pooler, a dense step with tanh, then the classifier. */
import { tanh } from "../../mlx/index.ts";
import { at, linear } from "../../mlx/nn/index.ts";
import { type ClassifierArchitecture, denseShapes, renameWeights } from "./classifier.ts";

const architecture: ClassifierArchitecture = {
  encoderConfig: (config) => config,
  sanitize: (weights) =>
    renameWeights(weights, [
      [/^bert\.pooler\.dense\./, "head.pooler."],
      [/^classifier\./, "head.classifier."],
      [/^bert\.(?=embeddings\.|encoder\.)/, ""],
    ]),
  headShapes: (hidden, labels) => ({
    ...denseShapes("pooler", hidden, hidden),
    ...denseShapes("classifier", labels, hidden),
  }),
  head: (params, first) => linear(tanh(linear(first, at(params, "pooler"))), at(params, "classifier")),
};
export default architecture;
