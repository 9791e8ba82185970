/** Goal: Gemma 2 computes what mlx-lm computes, and keeps texts apart. */
import { describeDecoder } from "../../contracts/decoder.ts";

describeDecoder("gemma2", [
  {
    about: "with low caps",
    options: { config: { attn_logit_softcapping: 0.5, final_logit_softcapping: 1, query_pre_attn_scalar: 3 } },
  },
  { about: "with a head of keys for each head of queries", options: { config: { num_key_value_heads: 4 } } },
  { about: "with weights of 4 bits", options: { quantize: { q_bits: 4 } } },
  { about: "in bfloat16", options: { dtype: "bfloat16" }, near: 0.05 },
]);
