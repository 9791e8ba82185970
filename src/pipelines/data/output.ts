/** The output of `curate`, `dedup` or `shard`, as the commands that look at it read it. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { MdpError, messageOf } from "../../core/errors.ts";
import { type Layout, layoutOf } from "../prepare/layout.ts";
import type { ReadRecord } from "../prepare/records.ts";
import type { PrepareReport } from "../prepare/report.ts";

/** A file that a run wrote for its user, besides shards, which have an index of their own. */
export interface OutputFile {
  path: string;
  bytes: number;
  sha256: string;
}

export interface Manifest {
  mdp: string;
  command: PrepareReport["command"];
  fingerprint: string;
  arguments: string[];
  settings: Record<string, Record<string, unknown>>;
  files: Record<string, string>;
  report: Omit<PrepareReport, "out" | "seconds" | "unchanged">;
  outputs: OutputFile[];
  inputs: ReadRecord["inputs"];
}

/** @throws MdpError when the folder holds no complete output */
export async function readManifest(dir: string): Promise<{ layout: Layout; manifest: Manifest }> {
  const layout = layoutOf(dir);
  if (!existsSync(layout.manifest)) {
    const begun = existsSync(layout.plan);
    throw new MdpError({
      code: "no-manifest",
      message: begun ? "the run in this folder did not end" : "the folder holds no output of curate, dedup or shard",
      where: dir,
      hint: begun ? "finish it with --resume" : "name the folder that was given as --out",
    });
  }
  try {
    return { layout, manifest: (await Bun.file(layout.manifest).json()) as Manifest };
  } catch (cause) {
    throw new MdpError({
      code: "manifest-damaged",
      message: `the manifest cannot be read (${messageOf(cause)})`,
      where: layout.manifest,
      hint: "make the output again with --overwrite",
      cause,
    });
  }
}

/** The part files of documents, in order. */
export const partsOf = (layout: Layout, manifest: Manifest): string[] =>
  manifest.outputs.map(({ path }) => join(layout.dir, path));
