/** How many tokens a model has positions for. */

/** The keys of `config.json` that say so; Nomic's own code has another name for them. */
export interface PositionKeys {
  model_type: string;
  max_position_embeddings?: number | null | undefined;
  n_positions?: number | null | undefined;
  pad_token_id?: number | null | undefined;
}

/** Tokens of the longest text, special tokens counted; undefined where the configuration does not say it. */
export function positionsOf(config: PositionKeys): number | undefined {
  const rows = config.max_position_embeddings ?? config.n_positions;
  if (rows === null || rows === undefined) return undefined;
  return rows - firstPosition(config);
}

/** RoBERTa's and MPNet's positions begin after the padding token's id; MPNet's is 1 always. */
function firstPosition({ model_type: type, pad_token_id: pad }: PositionKeys): number {
  if (type === "mpnet") return 2;
  return type.endsWith("roberta") ? (pad ?? 1) + 1 : 0;
}
