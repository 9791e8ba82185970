/** `model`: what a model is, and where. */
import { basename, join } from "node:path";
import * as v from "valibot";
import type { EmbedderDescription } from "../core/ports.ts";
import { EmbedSettings } from "../embed/config.ts";
import { describeEmbedder } from "../embed/describe.ts";
import { readClassifierFolder } from "../models/classifier-folder.ts";
import { findModel } from "../models/find.ts";
import { readJson } from "../models/json.ts";
import { modelKind } from "../models/kind.ts";
import { readRerankerFolder } from "../models/reranker-folder.ts";
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

/** A classifier or a reranker. */
export interface ScoringDetails {
  kind: "scoring";
  name: string;
  /** Folder of its files. */
  dir: string;
  modelType: string;
  /** What it scores; a reranker has one label. */
  labels: string[];
  /** `search.rerank` takes it. */
  reranks: boolean;
  maxTokens: number;
  /** Bytes of the weights. */
  bytes: number;
}

/** The same for any model: what is of no other kind is described as one that generates, with what is wrong. */
export async function inspectAnyModel(model: string): Promise<ModelDetails | ScoringDetails | GeneratorDetails> {
  const { dir } = findModel(model);
  const path = join(await transformerFolder(dir), "config.json");
  const { model_type: modelType, architectures } = await readJson(path, KindConfig);
  const kind = modelKind({ modelType, dir, architectures, names: [model, basename(dir)] });
  if (kind === "embedding") return inspectModel(model);
  return kind === "scoring" ? inspectScoring(model, dir, modelType) : inspectGenerator(model, dir);
}

const KindConfig = v.looseObject({ model_type: v.string(), architectures: v.nullish(v.array(v.string())) });

/** @param name how the user calls it */
export async function inspectScoring(name: string, dir: string, modelType: string): Promise<ScoringDetails> {
  const yesNo = modelType === "qwen3" ? await readRerankerFolder(dir, name) : undefined;
  const folder = yesNo?.kind === "yes-no" ? { ...yesNo, labels: ["yes"] } : await readClassifierFolder(dir);
  const bytes = folder.weightFiles.reduce((sum, file) => sum + Bun.file(file).size, 0);
  const { labels, maxTokens } = folder;
  return { kind: "scoring", name, dir, modelType, labels, reranks: labels.length === 1, maxTokens, bytes };
}

/** The folder of a model's files; the embedded model is unpacked for it. */
export function modelPath(model: string): string {
  return findModel(model).dir;
}
