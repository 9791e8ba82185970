/** RobertaForSequenceClassification, and XLM-RoBERTa's and MPNet's: a dense step with tanh, then the output. */
import { tanh } from "../../mlx/index.ts";
import { at, linear, pool } from "../../mlx/nn/index.ts";
import { type ClassifierArchitecture, denseShapes } from "./classifier.ts";

const architecture: ClassifierArchitecture = {
  firstOnly: true,
  names: [[/^classifier\.(?=dense\.|out_proj\.)/, "head."]],
  headShapes: (hidden, labels) => ({
    ...denseShapes("dense", hidden, hidden),
    ...denseShapes("out_proj", labels, hidden),
  }),
  head: (params, hidden, present) => {
    const first = pool(hidden, present, "cls");
    return linear(tanh(linear(first, at(params, "dense"))), at(params, "out_proj"));
  },
};
export default architecture;
