/** Which files hold a model's weights: one, or the parts that an index lists. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { MdpError } from "../core/errors.ts";
import { readOptionalJson } from "./json.ts";

const Index = v.looseObject({ weight_map: v.record(v.string(), v.string()) });

/** `model.safetensors`, else the parts of `model.safetensors.index.json`, in order of their names. */
export async function encoderWeightFiles(dir: string): Promise<string[]> {
  const whole = join(dir, "model.safetensors");
  if (existsSync(whole)) return [whole];
  const index = await readOptionalJson(join(dir, "model.safetensors.index.json"), Index);
  const files = [...new Set(Object.values(index?.weight_map ?? {}))].sort().map((name) => join(dir, name));
  const missing = index ? files.find((file) => !existsSync(file)) : whole;
  if (missing === undefined && files.length > 0) return files;
  throw new MdpError({
    code: "model-incomplete",
    message: index ? "a part of the model's weights is missing" : "the model has no model.safetensors",
    where: missing ?? whole,
    hint: index ? "download the model again" : "convert the model to safetensors",
  });
}
