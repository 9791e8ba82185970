/** GGUF files as models: exported from a folder, and taken as a folder by what converts models. */
import { partialPlace } from "../core/leftovers.ts";
import { findModel } from "../models/find.ts";
import { exportFolderAsGguf, type GgufDtype, type GgufExportReport } from "../models/gguf/export.ts";
import { importGguf } from "../models/gguf/import.ts";

export interface GgufExportRequest {
  /** A name, a hub id or a folder. */
  model: string;
  /** The file. */
  out: string;
  dtype?: GgufDtype | undefined;
}

/** @throws MdpError as `findModel` and `exportFolderAsGguf` */
export async function exportModelAsGguf({ model, out, dtype }: GgufExportRequest): Promise<GgufExportReport> {
  return await exportFolderAsGguf(findModel(model).dir, out, dtype === undefined ? {} : { dtype });
}

/** Whether a model is named by a file of this format. */
export function isGguf(model: string): boolean {
  return model.toLowerCase().endsWith(".gguf");
}

/**
 * Gives `work` the folder of a model. A GGUF file is turned into one that is gone afterwards, beside `out`, where there
 * has to be room anyway.
 *
 * @param keepQuantized leave blocks of 4 and 8 bits packed
 */
export async function withModelFolder<T>(
  model: string,
  { out, keepQuantized, signal }: { out: string; keepQuantized: boolean; signal?: AbortSignal | undefined },
  work: (dir: string) => Promise<T>,
): Promise<T> {
  if (!isGguf(model)) return work(findModel(model).dir);
  using imported = partialPlace(out, "gguf");
  await importGguf(model, imported.path, { keepQuantized, signal });
  return await work(imported.path);
}
