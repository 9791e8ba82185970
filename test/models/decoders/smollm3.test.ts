/** Goal: SmolLM 3 computes what mlx-lm computes, and keeps texts apart. */
import { describeDecoder } from "../../contracts/decoder.ts";

describeDecoder("smollm3", [
  { about: "with layers named one by one", options: { config: { no_rope_layers: [0, 1] } } },
  { about: "with weights of 4 bits", options: { quantize: { q_bits: 4 } } },
]);
