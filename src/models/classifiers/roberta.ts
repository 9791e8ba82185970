/** RobertaForSequenceClassification, and XLM-RoBERTa's: BERT whose positions begin after the padding token's id. */
import { slice, tanh } from "../../mlx/index.ts";
import { at, linear } from "../../mlx/nn/index.ts";
import { type ClassifierArchitecture, denseShapes, type RawConfig, renameWeights } from "./classifier.ts";

const POSITIONS = "embeddings.position_embeddings.weight";

const architecture: ClassifierArchitecture = {
  encoderConfig: (config) => ({
    ...config,
    max_position_embeddings: Number(config.max_position_embeddings) - firstPosition(config),
  }),
  sanitize(weights, config) {
    const kept = renameWeights(weights, [
      [/^classifier\.(?=dense\.|out_proj\.)/, "head."],
      [/^roberta\.(?=embeddings\.|encoder\.)/, ""],
    ]);
    const positions = kept.get(POSITIONS);
    if (positions) kept.set(POSITIONS, slice(positions, [[firstPosition(config), positions.shape[0]!]]));
    return kept;
  },
  headShapes: (hidden, labels) => ({
    ...denseShapes("dense", hidden, hidden),
    ...denseShapes("out_proj", labels, hidden),
  }),
  head: (params, first) => linear(tanh(linear(first, at(params, "dense"))), at(params, "out_proj")),
};
export default architecture;

function firstPosition({ pad_token_id }: RawConfig): number {
  return (typeof pad_token_id === "number" ? pad_token_id : 1) + 1;
}
