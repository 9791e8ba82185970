/** Finding copies among texts in memory, cut into tasks. */
import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { DedupSettings } from "../../../../src/curate/dedup/config.ts";
import {
  openSignatures,
  type RemovedDocument,
  type Resolution,
  type ResolveOptions,
  resolveDuplicates,
  type SignatureSource,
} from "../../../../src/curate/dedup/dedup.ts";

export type Wanted = v.InferInput<typeof DedupSettings>;

export function settingsOf(wanted: Wanted): DedupSettings {
  return v.parse(DedupSettings, wanted);
}

/** Signatures of texts, `perTask` documents in each task. */
export async function signaturesOf(
  folder: string,
  texts: readonly string[],
  wanted: Wanted,
  perTask = texts.length,
): Promise<SignatureSource[]> {
  const place = mkdtempSync(join(folder, "signatures-"));
  const sources: SignatureSource[] = [];
  for (let first = 0; first < texts.length; first += perTask) {
    const part = texts.slice(first, first + perTask);
    const path = join(place, `${first}.sig`);
    const writer = openSignatures(path, settingsOf(wanted));
    for (const text of part) writer.add(text);
    await writer.finish();
    sources.push({ path, documents: part.length });
  }
  return sources;
}

/** Resolves the copies among texts; `more` overrides what is given to `resolveDuplicates`. */
export async function findCopies(
  folder: string,
  texts: readonly string[],
  wanted: Wanted,
  more: Partial<ResolveOptions> & { perTask?: number } = {},
): Promise<Resolution> {
  const { perTask, ...options } = more;
  return resolveDuplicates({
    tasks: await signaturesOf(folder, texts, wanted, perTask),
    settings: settingsOf(wanted),
    workDir: join(mkdtempSync(join(folder, "work-")), "dedup"),
    text: (document) => texts[document],
    ...options,
  });
}

export async function removedIn(found: Resolution): Promise<RemovedDocument[]> {
  const all: RemovedDocument[] = [];
  for await (const removal of found.removals()) all.push(removal);
  return all;
}
