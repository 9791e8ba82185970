/** What differs between two outputs: inputs, settings and counts. */
import { inputKey } from "../prepare/split-inputs.ts";
import { type Manifest, readManifest } from "./output.ts";

export interface DataDiff {
  /** Both have the same settings over the same contents. */
  same: boolean;
  inputs: { added: string[]; removed: string[]; changed: string[]; unchanged: number };
  settings: Record<string, [before: unknown, after: unknown]>;
  counts: Record<string, [before: number, after: number]>;
}

export async function dataDiff(before: string, after: string): Promise<DataDiff> {
  const [a, b] = [(await readManifest(before)).manifest, (await readManifest(after)).manifest];
  return {
    same: a.fingerprint === b.fingerprint,
    inputs: diffInputs(a, b),
    settings: differing(flatSettings(a), flatSettings(b)),
    counts: differing(flatCounts(a), flatCounts(b)),
  };
}

function diffInputs(a: Manifest, b: Manifest): DataDiff["inputs"] {
  const before = new Map(a.inputs.map((input) => [inputKey(input), input.sha256]));
  const result: DataDiff["inputs"] = { added: [], removed: [], changed: [], unchanged: 0 };
  for (const input of b.inputs) {
    const key = inputKey(input);
    const known = before.get(key);
    before.delete(key);
    if (known === undefined) result.added.push(key);
    else if (known !== input.sha256) result.changed.push(key);
    else result.unchanged++;
  }
  result.removed = [...before.keys()];
  return result;
}

function flatSettings({ command, settings }: Manifest): Map<string, unknown> {
  const pairs = Object.entries(settings).flatMap(([section, values]) =>
    Object.entries(values).map(([key, value]): [string, unknown] => [`${section}.${key}`, value]),
  );
  return new Map([["command", command], ...pairs]);
}

function flatCounts({ report }: Manifest): Map<string, number> {
  const counts = new Map<string, number>();
  const { documents, kept, dropped, duplicates, empty, rejects, tokens, samples, shards } = report;
  const plain = { documents, kept, dropped, duplicates, empty, rejects, tokens, samples, shards };
  for (const [name, count] of Object.entries(plain)) counts.set(name, count);
  for (const { name, dropped: reasons } of report.steps) {
    for (const [reason, count] of Object.entries(reasons)) counts.set(`${name}: ${reason}`, count);
  }
  for (const [method, count] of Object.entries(report.dedup.methods)) counts.set(`copies: ${method}`, count);
  return counts;
}

function differing<T>(a: ReadonlyMap<string, T>, b: ReadonlyMap<string, T>): Record<string, [T, T]> {
  const result: Record<string, [T, T]> = {};
  for (const key of new Set([...a.keys(), ...b.keys()])) {
    const [before, after] = [a.get(key), b.get(key)];
    if (JSON.stringify(before) !== JSON.stringify(after)) result[key] = [before ?? null, after ?? null] as [T, T];
  }
  return result;
}
