/** Goal: Gemma 3 computes what mlx-lm computes, and keeps texts apart. */
import { describeDecoder } from "../../contracts/decoder.ts";

describeDecoder("gemma3_text", [
  {
    about: "with positions of whole layers stretched",
    options: { config: { rope_scaling: { type: "linear", factor: 8 } } },
  },
  { about: "with a window in no layer", options: { config: { sliding_window_pattern: 1 } } },
  { about: "with weights of 4 bits", options: { quantize: { q_bits: 4 } } },
  { about: "in bfloat16", options: { dtype: "bfloat16" }, near: 0.05 },
  { about: "in float16", options: { dtype: "float16" }, near: 0.02 },
]);
