/** Goal: Mixtral computes what mlx-lm computes, and keeps texts apart. */
import { describeDecoder } from "../../contracts/decoder.ts";

// mlx-lm 0.32.2 calls MLX's product with chosen quantized matrices by an argument that MLX does not have; and on a CPU
// MLX multiplies by chosen matrices in float32 only.
const eightExperts = { config: { num_local_experts: 8 }, quantize: { q_bits: 4 } };

describeDecoder("mixtral", [
  {
    about: "with eight experts of 4 bits, as the same numbers in floats",
    options: eightExperts,
    reference: { ...eightExperts, dequantize: true },
  },
  {
    about: "in bfloat16, near the float32 that it is rounded from",
    options: { config: { num_local_experts: 8 }, dtype: "bfloat16" },
    reference: { config: { num_local_experts: 8 } },
    near: 0.05,
  },
]);
