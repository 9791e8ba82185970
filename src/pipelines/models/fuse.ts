/** `model fuse`: an adapter goes into its model's weights, and perhaps into one GGUF file too. */
import { join } from "node:path";
import { openSource } from "../../models/convert/source.ts";
import { findModel } from "../../models/find.ts";
import { type FuseReport, type FuseRequest, fuseModel } from "../../models/fuse/fuse.ts";
import { checkExportable, exportFolderAsGguf, type GgufExportReport } from "../../models/gguf/export.ts";

export interface FuseModelRequest extends Omit<FuseRequest, "dir" | "name"> {
  /** A name, a hub id or a folder. */
  model: string;
  /** Name of a GGUF file in the output folder; absent for none. */
  gguf?: string | undefined;
}

export interface FuseModelReport extends FuseReport {
  gguf: GgufExportReport | null;
}

/** @throws MdpError as `fuseModel` and `exportFolderAsGguf`; the fused folder stays when only the GGUF file fails */
export async function fuseFoundModel({ model, gguf, ...request }: FuseModelRequest): Promise<FuseModelReport> {
  const { dir } = findModel(model);
  // Before the work, not after it.
  if (gguf !== undefined) checkExportable(await openSource(dir));
  const report = await fuseModel({ ...request, dir, name: model });
  if (gguf === undefined) return { ...report, gguf: null };
  return { ...report, gguf: await exportFolderAsGguf(request.out, join(request.out, gguf)) };
}
