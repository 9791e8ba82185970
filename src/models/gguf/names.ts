/** The llama family's tensors: their names in GGUF and in Hugging Face's files, and the order of their rows. */

const whole: Readonly<Record<string, string>> = {
  "token_embd.weight": "model.embed_tokens.weight",
  "output_norm.weight": "model.norm.weight",
  "output.weight": "lm_head.weight",
};

const inBlock: Readonly<Record<string, string>> = {
  attn_norm: "input_layernorm",
  ffn_norm: "post_attention_layernorm",
  attn_q: "self_attn.q_proj",
  attn_k: "self_attn.k_proj",
  attn_v: "self_attn.v_proj",
  attn_output: "self_attn.o_proj",
  ffn_gate: "mlp.gate_proj",
  ffn_up: "mlp.up_proj",
  ffn_down: "mlp.down_proj",
};

const toGguf = new Map(Object.entries(inBlock).map(([gguf, hugging]) => [hugging, gguf]));
const wholeToGguf = new Map(Object.entries(whole).map(([gguf, hugging]) => [hugging, gguf]));

/** `blk.3.attn_q.weight` of `model.layers.3.self_attn.q_proj.weight`; undefined for a name that llama has not. */
export function ggufName(name: string): string | undefined {
  const [, layer, part, kind] = /^model\.layers\.(\d+)\.(.+)\.(weight|bias)$/.exec(name) ?? [];
  const own = part === undefined ? undefined : toGguf.get(part);
  return own === undefined ? wholeToGguf.get(name) : `blk.${layer}.${own}.${kind}`;
}

/** The other way round. */
export function huggingName(name: string): string | undefined {
  const [, layer, part, kind] = /^blk\.(\d+)\.([a-z_]+)\.(weight|bias)$/.exec(name) ?? [];
  const own = part !== undefined && Object.hasOwn(inBlock, part) ? inBlock[part] : undefined;
  if (own !== undefined) return `model.layers.${layer}.${own}.${kind}`;
  return Object.hasOwn(whole, name) ? whole[name] : undefined;
}

/** Heads whose rows are in another order in GGUF, where the two numbers of a rotated pair are neighbours. */
export function rotatedHeads(huggingName: string, heads: { queries: number; keys: number }): number | undefined {
  if (/\.self_attn\.q_proj\./.test(huggingName)) return heads.queries;
  return /\.self_attn\.k_proj\./.test(huggingName) ? heads.keys : undefined;
}

/**
 * Rows of heads in the other order: with `pair`, row i and row i + half of a head become neighbours (GGUF's order);
 * without, they are parted again. `rows` may be any whole heads.
 */
export function reorderRows(rows: Uint8Array, rowBytes: number, headRows: number, pair: boolean): Uint8Array {
  const out = new Uint8Array(rows.length);
  const half = headRows / 2;
  for (let head = 0; head < rows.length; head += headRows * rowBytes) {
    for (let i = 0; i < headRows; i++) {
      const parted = head + i * rowBytes;
      const paired = head + (i < half ? 2 * i : 2 * (i - half) + 1) * rowBytes;
      const [from, to] = pair ? [parted, paired] : [paired, parted];
      out.set(rows.subarray(from, from + rowBytes), to);
    }
  }
  return out;
}
