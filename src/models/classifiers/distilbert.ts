/** DistilBertForSequenceClassification: a dense step with ReLU, then the classifier. */
import { at, linear, pool, relu } from "../../mlx/nn/index.ts";
import { type ClassifierArchitecture, denseShapes } from "./classifier.ts";

const architecture: ClassifierArchitecture = {
  firstOnly: true,
  names: [
    [/^pre_classifier\./, "head.pre_classifier."],
    [/^classifier\./, "head.classifier."],
  ],
  headShapes: (hidden, labels) => ({
    ...denseShapes("pre_classifier", hidden, hidden),
    ...denseShapes("classifier", labels, hidden),
  }),
  head: (params, hidden, present) => {
    const first = pool(hidden, present, "cls");
    return linear(relu(linear(first, at(params, "pre_classifier"))), at(params, "classifier"));
  },
};
export default architecture;
