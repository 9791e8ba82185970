/** DistilBertForSequenceClassification: BERT without segments, under names of its own; a dense step with ReLU. */
import { zeros } from "../../mlx/index.ts";
import { at, linear, relu } from "../../mlx/nn/index.ts";
import { type ClassifierArchitecture, denseShapes, renameWeights } from "./classifier.ts";

const LAYER = "encoder.layer.$1";

const architecture: ClassifierArchitecture = {
  encoderConfig: (config) => ({
    vocab_size: config.vocab_size,
    hidden_size: config.dim,
    num_hidden_layers: config.n_layers,
    num_attention_heads: config.n_heads,
    intermediate_size: config.hidden_dim,
    max_position_embeddings: config.max_position_embeddings,
    type_vocab_size: 1,
    hidden_act: config.activation,
  }),
  sanitize(weights) {
    const kept = renameWeights(weights, [
      [/^distilbert\.transformer\.layer\.(\d+)\.attention\.q_lin\./, `${LAYER}.attention.self.query.`],
      [/^distilbert\.transformer\.layer\.(\d+)\.attention\.k_lin\./, `${LAYER}.attention.self.key.`],
      [/^distilbert\.transformer\.layer\.(\d+)\.attention\.v_lin\./, `${LAYER}.attention.self.value.`],
      [/^distilbert\.transformer\.layer\.(\d+)\.attention\.out_lin\./, `${LAYER}.attention.output.dense.`],
      [/^distilbert\.transformer\.layer\.(\d+)\.sa_layer_norm\./, `${LAYER}.attention.output.LayerNorm.`],
      [/^distilbert\.transformer\.layer\.(\d+)\.ffn\.lin1\./, `${LAYER}.intermediate.dense.`],
      [/^distilbert\.transformer\.layer\.(\d+)\.ffn\.lin2\./, `${LAYER}.output.dense.`],
      [/^distilbert\.transformer\.layer\.(\d+)\.output_layer_norm\./, `${LAYER}.output.LayerNorm.`],
      [/^distilbert\.(?=embeddings\.)/, ""],
      [/^pre_classifier\./, "head.pre_classifier."],
      [/^classifier\./, "head.classifier."],
    ]);
    const width = kept.get("embeddings.word_embeddings.weight")?.shape[1];
    if (width) kept.set("embeddings.token_type_embeddings.weight", zeros([1, width]));
    return kept;
  },
  headShapes: (hidden, labels) => ({
    ...denseShapes("pre_classifier", hidden, hidden),
    ...denseShapes("classifier", labels, hidden),
  }),
  head: (params, first) => linear(relu(linear(first, at(params, "pre_classifier"))), at(params, "classifier")),
};
export default architecture;
