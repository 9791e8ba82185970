/** BertForSequenceClassification, and those after its pattern: the pooler, a dense step with tanh, then the classifier. */
import { tanh } from "../../mlx/index.ts";
import { at, linear, pool } from "../../mlx/nn/index.ts";
import { type ClassifierArchitecture, denseShapes } from "./classifier.ts";

const architecture: ClassifierArchitecture = {
  firstOnly: true,
  names: [
    [/^(bert|nomic_bert|new|gte)\.pooler\.dense\./, "head.pooler."],
    [/^classifier\./, "head.classifier."],
  ],
  headShapes: (hidden, labels) => ({
    ...denseShapes("pooler", hidden, hidden),
    ...denseShapes("classifier", labels, hidden),
  }),
  head: (params, hidden, present) => {
    const first = pool(hidden, present, "cls");
    return linear(tanh(linear(first, at(params, "pooler"))), at(params, "classifier"));
  },
};
export default architecture;
