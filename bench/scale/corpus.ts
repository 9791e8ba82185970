/**
 * A million passages of real text, made as they are wanted: what a Debian machine has of manuals, package documents,
 * headers and sources, in passages of 100 words. When all files are used up, they come again with another start and
 * every seventh word from elsewhere in the file.
 */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import type { ChunkRecord } from "../../src/core/record.ts";
import { passageRecord } from "../passage-record.ts";

const WORDS = 100;
const ROOTS = ["/usr/share/doc", "/usr/share/man", "/usr/share/perl", "/usr/lib/python3", "/usr/include"];
const TEXT = /(\.(txt|html|md|rst|py|pm|pod|h|c|[1-8])|\/[A-Z][A-Za-z.]+)(\.gz)?$/;
const MAX_FILE_BYTES = 1_000_000;
const MAX_PASSAGES = 200;

/** Kinds of passages by the folder that they are from. */
function kindOf(path: string): string {
  if (path.startsWith("/usr/share/man")) return "man";
  return path.startsWith("/usr/share/doc") ? "text" : "code";
}

function files(): string[] {
  const found = ROOTS.flatMap((root) =>
    (readdirSync(root, { recursive: true }) as string[]).map((name) => join(root, name)),
  ).filter((path) => TEXT.test(path));
  const hashed = found.map((path) => [Bun.hash.wyhash(path), path] as const);
  return hashed.sort((a, b) => (a[0] < b[0] ? -1 : 1)).map(([, path]) => path);
}

function wordsOf(path: string): string[] {
  const file = statSync(path, { throwIfNoEntry: false });
  if (!file?.isFile() || file.size > MAX_FILE_BYTES) return [];
  const bytes = readFileSync(path);
  const text = new TextDecoder().decode(path.endsWith(".gz") ? gunzipSync(bytes) : bytes).toWellFormed();
  return text.slice(0, MAX_FILE_BYTES).split(/\s+/);
}

/** The passages of one file after another, without end; `start` of a record is its number. */
export function* passages(): Generator<ChunkRecord[]> {
  const paths = files();
  let row = 0;
  for (let pass = 0; ; pass++) {
    for (const path of paths) {
      const words = wordsOf(path).slice(pass * 13);
      if (words.length < 10) continue;
      const name = `${path.slice(1)}${pass > 0 ? `~${pass}` : ""}`;
      const records: ChunkRecord[] = [];
      for (let seq = 0; seq < MAX_PASSAGES && seq * WORDS < words.length; seq++) {
        const part = words.slice(seq * WORDS, (seq + 1) * WORDS);
        if (pass > 0)
          for (let i = seq % 7; i < part.length; i += 7) part[i] = words[(i * 7_919 + row * 31) % words.length]!;
        records.push(
          passageRecord({
            ...{ root: "usr", path: name, kind: kindOf(path), lang: "en", seq },
            ...{ text: part.join(" "), tokens: WORDS, start: row++ },
          }),
        );
      }
      yield records;
    }
  }
}
