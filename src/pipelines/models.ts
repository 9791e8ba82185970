/** `model`: what a model is, and where. */
import * as v from "valibot";
import type { EmbedderDescription } from "../core/ports.ts";
import { EmbedSettings } from "../embed/config.ts";
import { describeEmbedder } from "../embed/describe.ts";
import { findModel } from "../models/find.ts";

export interface ModelDetails extends EmbedderDescription {
  /** Folder of its files. */
  dir: string;
  /** Bytes of the weights. */
  bytes: number;
}

/** @param model a name or a folder. @throws MdpError when there is none, or it cannot be used */
export async function inspectModel(model: string): Promise<ModelDetails> {
  const { folder, description } = await describeEmbedder(v.parse(EmbedSettings, { model }));
  return { ...description, dir: findModel(model).dir, bytes: Bun.file(folder.weightsPath).size };
}

/** The folder of a model's files; the embedded model is unpacked for it. */
export function modelPath(model: string): string {
  return findModel(model).dir;
}
