/** `tokenizer` as a step: a tokenizer is trained on the texts of files. */
import { resolve } from "node:path";
import { sha256 } from "../../../core/hash.ts";
import { hashInput } from "../../prepare/hash-input.ts";
import { scan } from "../../prepare/scan.ts";
import { trainOnFiles } from "../../tokenizer.ts";
import type { StepContext, Verb } from "../verb.ts";
import { refuseForeign } from "./shared/foreign.ts";
import { madeHash, missingOutput, outOf } from "./shared/training.ts";

const FILE = "tokenizer.json";

const inputsOf = ({ project, step }: StepContext) => step.inputs.map((input) => resolve(project.dir, input));

const verb: Verb = {
  selfKept: false,
  sections: ["ingest", "tokenizer"],

  async changes(context) {
    refuseForeign(context, FILE);
    return missingOutput(context, FILE);
  },

  /** Order counts: it may decide ties. */
  async reads(context) {
    const { project, settings, signal } = context;
    const { lines } = await scan({ project, inputs: inputsOf(context), settings, signal });
    const parts: string[] = [];
    for (const line of lines) {
      signal.throwIfAborted();
      parts.push(`${line.uri} ${await hashInput(line)}`);
    }
    return { inputs: sha256(parts.join("\n")) };
  },

  async run(context) {
    const { project, settings, signal } = context;
    const report = await trainOnFiles({
      project,
      inputs: inputsOf(context),
      stdin: nothing(),
      reading: settings.ingest,
      settings: settings.tokenizer,
      out: outOf(context),
      overwrite: true,
      signal,
    });
    const { vocabSize, texts, rejects } = report;
    return { exitCode: rejects > 0 ? 1 : 0, report, counts: { vocabSize, texts, rejects } };
  },

  makes: async (context) => await madeHash(context, FILE),
};

export default verb;

async function* nothing(): AsyncGenerator<string> {}
