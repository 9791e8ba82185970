/** Goal: Llama computes what mlx-lm computes. */
import { expect, test } from "bun:test";
import * as mx from "../../../src/mlx/index.ts";
import { openDecoder } from "../../../src/models/load-decoder.ts";
import { mlxLmLogits } from "../../support/mlx-lm.ts";
import { tinyModel } from "../../support/tiny-models.ts";

test("gives mlx-lm's logits for a whole text", async () => {
  const model = await tinyModel("llama");
  const ids = [[1, 40, 50, 60, 7, 300, 12, 99]];
  const [expected] = await mlxLmLogits([{ model, ids }]);
  using decoder = await openDecoder(model);
  const found = mx.tidy(() => decoder.logits({ ids: mx.array(ids, "int32") }).toFloat32());
  expect(found.length).toBe(expected!.logits.length);
  expect(Math.max(...found.map((x, i) => Math.abs(x - expected!.logits[i]!)))).toBeLessThan(1e-5);
});
