/** Goal: Llama computes what mlx-lm computes, and keeps texts apart. */
import { describeDecoder } from "../../contracts/decoder.ts";

const rope = (scaling: Record<string, unknown>) => ({ config: { rope_scaling: scaling } });

describeDecoder("llama", [
  { about: "with positions stretched evenly", options: rope({ type: "linear", factor: 2.5 }) },
  {
    about: "with positions stretched as in Llama 3",
    options: rope({
      rope_type: "llama3",
      factor: 8,
      low_freq_factor: 1,
      high_freq_factor: 4,
      original_max_position_embeddings: 32,
    }),
  },
  {
    about: "with positions stretched by YaRN",
    options: rope({ rope_type: "yarn", factor: 4, original_max_position_embeddings: 128 }),
  },
  {
    about: "with positions stretched by YaRN with magnitudes of its own",
    options: rope({ type: "yarn", factor: 8, beta_fast: 16, beta_slow: 2, mscale: 0.9, mscale_all_dim: 0.4 }),
  },
  {
    about: "with positions stretched as the text grows",
    options: { config: { max_position_embeddings: 16, rope_scaling: { type: "dynamic", factor: 3 } } },
  },
  {
    about: "with long factors",
    options: rope({
      rope_type: "longrope",
      original_max_position_embeddings: 64,
      short_factor: new Array(8).fill(1),
      long_factor: [1, 1.1, 1.3, 1.7, 2.5, 4, 7, 12],
    }),
  },
  {
    about: "with a part of each head rotated",
    options: rope({ rope_type: "proportional", partial_rotary_factor: 0.5, factor: 2 }),
  },
  { about: "with positions in sections", options: rope({ type: "mrope", mrope_section: [2, 3, 3] }) },
  { about: "with pairs side by side", options: { config: { rope_traditional: true } } },
  { about: "with biases", options: { config: { attention_bias: true, mlp_bias: true } } },
  { about: "with the embedding as head", options: { config: { tie_word_embeddings: true } } },
  { about: "with a head of keys for each head of queries", options: { config: { num_key_value_heads: 4 } } },
  {
    about: "with a window in its first layer",
    options: { config: { layer_types: ["sliding_attention", "full_attention"], sliding_window: 16 } },
  },
  { about: "with weights of 4 bits", options: { quantize: { q_bits: 4 } } },
  { about: "with weights of 3 bits in groups of 32", options: { quantize: { q_bits: 3, q_group_size: 32 } } },
  { about: "with weights in mxfp4", options: { quantize: { q_mode: "mxfp4" } } },
  { about: "with weights in nvfp4", options: { quantize: { q_mode: "nvfp4" } } },
  { about: "with weights in mxfp8", options: { quantize: { q_mode: "mxfp8" } } },
  { about: "in bfloat16", options: { dtype: "bfloat16" }, near: 0.02 },
]);
