/** Goal: Qwen 2 computes what mlx-lm computes, and keeps texts apart. */
import { describeDecoder } from "../../contracts/decoder.ts";

describeDecoder("qwen2", [
  { about: "with the embedding as head", options: { config: { tie_word_embeddings: true } } },
  {
    about: "with positions stretched by YaRN",
    options: { config: { rope_scaling: { type: "yarn", factor: 4, original_max_position_embeddings: 64 } } },
  },
  { about: "with weights of 4 bits", options: { quantize: { q_bits: 4 } } },
  { about: "in bfloat16", options: { dtype: "bfloat16" }, near: 0.02 },
]);
