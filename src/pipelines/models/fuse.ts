/** `model fuse`: an adapter goes into its model's weights. */
import { findModel } from "../../models/find.ts";
import { type FuseReport, type FuseRequest, fuseModel } from "../../models/fuse/fuse.ts";

export interface FuseModelRequest extends Omit<FuseRequest, "dir" | "name"> {
  /** A name, a hub id or a folder. */
  model: string;
}

/** @throws MdpError as `fuseModel` */
export async function fuseFoundModel({ model, ...request }: FuseModelRequest): Promise<FuseReport> {
  return fuseModel({ ...request, dir: findModel(model).dir, name: model });
}
