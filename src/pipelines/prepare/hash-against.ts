/** What decides on a run beside its settings and inputs: the contents of each earlier corpus. */
import { existsSync, readFileSync } from "node:fs";
import type { Settings } from "../../config/schema.ts";
import { idOf } from "../../core/hash.ts";
import type { Project } from "../../core/project.ts";
import { hashInput } from "./hash-input.ts";
import { layoutOf } from "./layout.ts";
import { scan } from "./scan.ts";

/** Whether a path of `dedup.against` is the output of an earlier run. */
export const isOutput = (path: string) => existsSync(layoutOf(path).manifest);

export async function hashAgainst(project: Project, settings: Settings, path: string): Promise<string> {
  if (isOutput(path)) {
    return (JSON.parse(readFileSync(layoutOf(path).manifest, "utf8")) as { fingerprint: string }).fingerprint;
  }
  const { lines } = await scan({ project, inputs: [path], settings, signal: new AbortController().signal });
  const hashes: string[] = [];
  for (const line of lines) hashes.push(line.uri, await hashInput(line));
  return idOf(...hashes);
}
