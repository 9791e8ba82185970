/** Vector files by the ending of their name; one static line each. */
import { extname } from "node:path";
import { UsageError } from "../../core/errors.ts";
import { defineRegistry } from "../../core/registry.ts";
import type { OpenVectorWriter, VectorWriter, VectorWriterOptions } from "./writer.ts";

export const vectorWriters = defineRegistry<OpenVectorWriter>("vector format", {
  arrow: () => import("./arrow.ts"),
  jsonl: () => import("./jsonl.ts"),
  npy: () => import("./npy.ts"),
  safetensors: () => import("./safetensors.ts"),
});

/** Throws unless vectors can be written under this name. */
export function checkVectorPath(path: string): void {
  if (vectorWriters.has(formatOf(path))) return;
  throw new UsageError(
    `"${path}" does not end in a known format`,
    `known: ${vectorWriters.names.map((name) => `.${name}`).join(", ")}`,
  );
}

export async function openVectorWriter(path: string, options: VectorWriterOptions): Promise<VectorWriter> {
  checkVectorPath(path);
  const open = await vectorWriters.load(formatOf(path));
  return open(path, options);
}

function formatOf(path: string): string {
  return extname(path).slice(1).toLowerCase();
}
