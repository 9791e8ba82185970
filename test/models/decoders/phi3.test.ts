/** Goal: Phi 3 computes what mlx-lm computes, and keeps texts apart. */
import { describeDecoder } from "../../contracts/decoder.ts";

describeDecoder("phi3", [
  {
    about: "with long factors and a part of each head rotated",
    options: {
      config: {
        partial_rotary_factor: 0.5,
        original_max_position_embeddings: 64,
        rope_scaling: { type: "longrope", short_factor: [1, 1, 1, 1], long_factor: [1, 1.5, 3, 8] },
      },
    },
  },
  {
    about: "with long factors under their first name",
    options: {
      config: {
        original_max_position_embeddings: 64,
        rope_scaling: { type: "su", short_factor: new Array(8).fill(1), long_factor: [1, 1.1, 1.3, 1.7, 2, 4, 7, 12] },
      },
    },
  },
  {
    about: "with positions stretched evenly",
    options: { config: { rope_scaling: { type: "linear", factor: 2.5, long_factor: [] } } },
  },
  { about: "with the embedding as head", options: { config: { tie_word_embeddings: true } } },
  { about: "with weights of 4 bits", options: { quantize: { q_bits: 4 } } },
  { about: "in bfloat16", options: { dtype: "bfloat16" }, near: 0.02 },
]);
