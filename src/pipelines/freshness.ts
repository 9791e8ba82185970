/** Whether hits still say what is in their files. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Project } from "../core/project.ts";
import { State } from "../manifest/state.ts";
import { type FileNow, fileNow } from "./file-now.ts";

export interface Freshness {
  /** The file has changed since it was indexed. */
  stale: boolean;
  /** The file is gone. */
  missing: boolean;
}

/** What has become of the files of these documents, by uri; a state that cannot be read tells nothing. */
export async function freshnessOf(project: Project, uris: readonly string[]): Promise<Map<string, Freshness>> {
  const files = new Map<string, Promise<FileNow>>();
  const itemOf = (uri: string) => uri.split("#", 1)[0]!;
  withState(project, (state) => {
    for (const uri of new Set(uris.map(itemOf))) {
      const item = state.item(uri);
      if (item) files.set(uri, fileNow(project, item));
    }
  });
  const told = new Map<string, Freshness>();
  for (const uri of uris) {
    const now = await files.get(itemOf(uri));
    told.set(uri, { stale: now === "changed", missing: now === "gone" });
  }
  return told;
}

/** Runs `body` over the project's state; undefined where there is none, or it cannot be opened, as in a folder that is read-only. */
export function withState<T>(project: Project, body: (state: State) => T): T | undefined {
  if (!existsSync(join(project.stateDir, "state.db"))) return undefined;
  try {
    using state = new State(project.stateDir);
    return body(state);
  } catch {
    return undefined;
  }
}
