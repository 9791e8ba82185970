/** The encoders by `model_type`; one static line each. To add one: CONTRIBUTING.md. */
import { MdpError } from "../core/errors.ts";
import { defineRegistry } from "../core/registry.ts";
import { type EncoderFactory, encoderFactory } from "./model.ts";

export const encoders = defineRegistry<EncoderFactory>("model type", {
  bert: async () => ({ default: encoderFactory(await import("./encoders/bert.ts")) }),
});

/** The encoder that `config.json` asks for; `where` names that file in errors. */
export async function loadArchitecture(modelType: string, where: string): Promise<EncoderFactory> {
  if (!encoders.has(modelType)) {
    throw new MdpError({
      code: "model-unsupported",
      message: `model type "${modelType}" is not supported`,
      where,
      hint: `supported: ${encoders.names.join(", ")}; to add one see CONTRIBUTING.md`,
    });
  }
  return encoders.load(modelType);
}
