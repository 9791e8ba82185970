/** The thousand frozen documents that filters are compared on with other programs. */
import { join } from "node:path";

const ROOT = join(import.meta.dir, "../..");
export const CURATE_FIXTURES = join(ROOT, "fixtures/curate");

export interface FrozenDocument {
  id: string;
  url: string;
  text: string;
}

export async function frozenDocuments(): Promise<FrozenDocument[]> {
  const packed = await Bun.file(join(CURATE_FIXTURES, "documents.jsonl.gz")).bytes();
  const lines = new TextDecoder().decode(Bun.gunzipSync(packed)).split("\n").slice(0, -1);
  return lines.map((line) => JSON.parse(line));
}

export function golden<T>(name: string): Promise<T> {
  return Bun.file(join(ROOT, "fixtures/golden", name)).json();
}
