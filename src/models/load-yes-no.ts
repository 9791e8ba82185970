/** A decoder that is asked whether a text answers a query, and whose next word is weighed: yes against no. */
import * as mx from "../mlx/index.ts";
import { loadDecoderArchitecture } from "./index.ts";
import { loadParams, type WeightType } from "./load.ts";
import type { EncoderInput } from "./model.ts";
import type { RerankerFolder } from "./reranker-folder.ts";

export interface LoadedYesNo extends Disposable {
  /** Logit of the token `yes` less that of `no`, `[batch]`, float32; not computed yet. Padding follows the tokens. */
  difference(input: EncoderInput, present: mx.MlxArray, tokens: { yes: number; no: number }): mx.MlxArray;
}

export async function loadYesNo(
  folder: Extract<RerankerFolder, { kind: "yes-no" }>,
  type?: WeightType,
): Promise<LoadedYesNo> {
  const decoder = (await loadDecoderArchitecture("qwen3", folder.configPath))(folder.config, folder.configPath);
  const params = loadParams(decoder, folder.weightFiles, type);
  return {
    difference: ({ ids }, present, { yes, no }) => {
      const hidden = decoder.forward(params, { ids });
      const last = mx.subtract(mx.sum(present, 1, true), 1);
      const index = mx.astype(mx.reshape(last, [ids.shape[0]!, 1, 1]), "int32");
      const logits = mx.squeeze(decoder.head(params, mx.takeAlongAxis(hidden, index, 1)), 1);
      const column = (id: number) => mx.astype(mx.slice(logits, [null, [id, id + 1]]), "float32");
      return mx.squeeze(mx.subtract(column(yes), column(no)), 1);
    },
    [Symbol.dispose]: () => mx.disposeAll(params),
  };
}
