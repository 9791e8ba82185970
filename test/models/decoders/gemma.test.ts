/** Goal: Gemma computes what mlx-lm computes, and keeps texts apart. */
import { describeDecoder } from "../../contracts/decoder.ts";

describeDecoder("gemma", [
  { about: "with weights of 4 bits", options: { quantize: { q_bits: 4 } } },
  { about: "in bfloat16", options: { dtype: "bfloat16" }, near: 0.05 },
]);
