/** Goal: Qwen 3 with experts computes what mlx-lm computes, and keeps texts apart. */
import { describeDecoder } from "../../contracts/decoder.ts";

// mlx-lm 0.32.2 calls MLX's product with chosen quantized matrices by an argument that MLX does not have.
const eightExperts = { config: { num_experts: 8 }, quantize: { q_bits: 4 } };

describeDecoder("qwen3_moe", [
  { about: "with scores that are not scaled", options: { config: { norm_topk_prob: false } } },
  { about: "with experts in every other layer", options: { config: { decoder_sparse_step: 2, mlp_only_layers: [] } } },
  {
    about: "with eight experts of 4 bits, as the same numbers in floats",
    options: eightExperts,
    reference: { ...eightExperts, dequantize: true },
  },
  {
    about: "in bfloat16, where each token takes four of sixteen experts",
    options: { config: { num_experts: 16, num_experts_per_tok: 4 }, dtype: "bfloat16" },
  },
]);
