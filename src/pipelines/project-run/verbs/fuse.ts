/** `fuse` as a step: the adapter of a training goes into the weights of its model. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { sha256, sha256File } from "../../../core/hash.ts";
import { fuseFoundModel } from "../../models/fuse.ts";
import type { Verb } from "../verb.ts";
import { refuseForeign } from "./shared/foreign.ts";
import { adapterHash, dataOf, missingOutput, modelHashes, modelOf, outOf, settingHash } from "./shared/training.ts";

const CONFIG = "config.json";
const WEIGHTS = /^model.*\.safetensors$/;

const verb: Verb = {
  selfKept: false,
  sections: [],

  async changes(context) {
    refuseForeign(context, CONFIG);
    return missingOutput(context, CONFIG);
  },

  async reads(context) {
    const adapter = dataOf(context);
    return {
      ...(await adapterHash("adapter", adapter)),
      ...(await settingHash("adapter's settings", join(adapter, "adapter_config.json"))),
      ...(await modelHashes(modelOf(context))),
    };
  },

  async run(context, { onNote }) {
    const out = outOf(context);
    const report = await fuseFoundModel({
      model: modelOf(context),
      adapter: dataOf(context),
      out,
      overwrite: existsSync(out),
      signal: context.signal,
      onLoss: ({ layers, kept }) =>
        onNote?.(`quantizing ${layers} layers again keeps ${(kept * 100).toFixed(0)} % of the adapter's change`),
    });
    return { exitCode: 0, report, counts: { bytes: report.bytes } };
  },

  async makes(context) {
    const out = outOf(context);
    const files = existsSync(out) ? readdirSync(out).filter((name) => WEIGHTS.test(name)) : [];
    const hashes = await Promise.all(files.sort().map((name) => sha256File(join(out, name))));
    return hashes.length === 0 ? {} : { weights: sha256(hashes.join("\n")) };
  },
};

export default verb;
