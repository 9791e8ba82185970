/** `train-embedder` as a step. A run that was interrupted has left nothing, and begins again. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { MdpError } from "../../../core/errors.ts";
import { DEFAULT_MODEL } from "../../../models/find.ts";
import { TRAINED_FROM } from "../../../models/save-encoder.ts";
import { trainContrastive } from "../../train-contrastive.ts";
import type { StepContext, Verb } from "../verb.ts";
import { dataOf, madeHash, missingOutput, modelHashes, modelOf, outOf, settingHash } from "./shared/training.ts";

const WEIGHTS = "model.safetensors";

const baseOf = (context: StepContext) => (context.step.model === undefined ? DEFAULT_MODEL : modelOf(context));

const verb: Verb = {
  selfKept: false,
  sections: ["trainEmbedder"],

  changes: async (context) => missingOutput(context, WEIGHTS),

  async reads(context) {
    return {
      ...(await settingHash("data", dataOf(context))),
      ...(await modelHashes(baseOf(context))),
      ...(await settingHash("trainEmbedder.validation", context.settings.trainEmbedder.validation)),
    };
  },

  async run(context, { onFit }) {
    const { settings, signal } = context;
    const out = outOf(context);
    if (existsSync(out) && !existsSync(join(out, TRAINED_FROM))) {
      throw new MdpError({
        code: "exists",
        message: "the output folder is there already, and mdp train-embedder did not make it",
        where: out,
        hint: `name another as out of steps.${context.step.name}, or remove that folder`,
      });
    }
    const report = await trainContrastive({
      model: baseOf(context),
      data: dataOf(context),
      out,
      overwrite: true,
      settings: settings.trainEmbedder,
      signal,
      ...(onFit ? { onStep: onFit } : {}),
    });
    const { rows, rejects, steps, loss } = report;
    return { exitCode: rejects > 0 ? 1 : 0, report, counts: { rows, rejects, steps, loss } };
  },

  makes: async (context) => await madeHash(context, WEIGHTS),
};

export default verb;
