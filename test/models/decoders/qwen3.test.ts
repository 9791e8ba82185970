/** Goal: Qwen 3 computes what mlx-lm computes, and keeps texts apart. */
import { describeDecoder } from "../../contracts/decoder.ts";

describeDecoder("qwen3", [
  {
    about: "with its positions described as newer files do",
    options: {
      config: {
        rope_theta: null,
        rope_parameters: { rope_theta: 5000, rope_type: "yarn", factor: 2, original_max_position_embeddings: 64 },
      },
    },
  },
  { about: "with the embedding as head", options: { config: { tie_word_embeddings: true } } },
  { about: "with weights of 8 bits in groups of 32", options: { quantize: { q_bits: 8, q_group_size: 32 } } },
  { about: "in bfloat16", options: { dtype: "bfloat16" }, near: 0.02 },
]);
