/** Goal: Mixtral computes what mlx-lm computes, and keeps texts apart. */
import { describeDecoder } from "../../contracts/decoder.ts";

// mlx-lm 0.32.2 calls MLX's product with chosen quantized matrices by an argument that MLX does not have.
const eightExperts = { config: { num_local_experts: 8 }, quantize: { q_bits: 4 } };

describeDecoder("mixtral", [
  {
    about: "with eight experts of 4 bits, as the same numbers in floats",
    options: eightExperts,
    reference: { ...eightExperts, dequantize: true },
  },
  {
    about: "in bfloat16, where each token takes two of eight experts",
    options: { config: { num_local_experts: 8 }, dtype: "bfloat16" },
  },
]);
