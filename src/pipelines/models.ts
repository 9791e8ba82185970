/** `model`: what a model is, and where. */
import { basename, join } from "node:path";
import * as v from "valibot";
import type { EmbedderDescription } from "../core/ports.ts";
import { EmbedSettings } from "../embed/config.ts";
import { describeEmbedder } from "../embed/describe.ts";
import { findModel } from "../models/find.ts";
import { readJson } from "../models/json.ts";
import { modelKind } from "../models/kind.ts";
import { transformerFolder } from "../models/sentence-modules.ts";
import { type GeneratorDetails, inspectGenerator } from "./models/inspect.ts";

export type { GeneratorDetails } from "./models/inspect.ts";

export interface ModelDetails extends EmbedderDescription {
  kind: "embedding";
  /** Folder of its files. */
  dir: string;
  /** Bytes of the weights. */
  bytes: number;
}

/** @param model a name or a folder. @throws MdpError when there is none, or it cannot be used */
export async function inspectModel(model: string): Promise<ModelDetails> {
  const { folder, description } = await describeEmbedder(v.parse(EmbedSettings, { model }));
  return {
    kind: "embedding",
    ...description,
    dir: findModel(model).dir,
    bytes: folder.weightFiles.reduce((sum, file) => sum + Bun.file(file).size, 0),
  };
}

/** The same for any model: what is no embedding model is described as one that generates, with what is wrong. */
export async function inspectAnyModel(model: string): Promise<ModelDetails | GeneratorDetails> {
  const { dir } = findModel(model);
  const path = join(await transformerFolder(dir), "config.json");
  const { model_type: type } = await readJson(path, v.looseObject({ model_type: v.string() }));
  return modelKind(type, dir, model, basename(dir)) === "embedding"
    ? inspectModel(model)
    : inspectGenerator(model, dir);
}

/** The folder of a model's files; the embedded model is unpacked for it. */
export function modelPath(model: string): string {
  return findModel(model).dir;
}
