/** Removes exact copies from files of JSON lines, without decoding them where it can; what stays keeps its bytes. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { DedupSettings } from "../config.ts";
import { hasBit } from "../files/bits.ts";
import type { OutputFile } from "../files/output-file.ts";
import { RecordWriter } from "../files/record-file.ts";
import type { Resolution } from "../resolution.ts";
import { resolveDuplicates } from "../resolve.ts";
import { columns, madeWith, type SignatureMeta } from "../signatures.ts";
import { ExactSet } from "./exact-set.ts";
import { JsonLines, type LineFields } from "./json-lines.ts";
import { type JsonlFile, type LineReject, type PassOptions, passOver } from "./jsonl-pass.ts";
import { LinePlaces } from "./line-places.ts";
import { RemovalLog } from "./removal-log.ts";

export interface JsonlExactOptions {
  /** In order: the first of several copies stays. All outputs appear at the end. */
  files: readonly JsonlFile[];
  settings: Pick<DedupSettings, "normalize" | "memoryBytes">;
  /** Names of the members with the text and the id, by default `text` and `id`. */
  fields?: Partial<LineFields>;
  /** File for the removals, one JSON object (`id, partner, score, method`) on each line. */
  removedPath: string;
  /** A folder for what does not fit into memory. */
  workDir: string;
  /** Lines that are no documents: no JSON objects, or without a text. They do not come into the output. */
  onReject?: (reject: LineReject) => void;
  /** Bytes of input that were read, of all passes. */
  onBytes?: (bytes: number) => void;
  signal?: AbortSignal;
}

export interface JsonlExactResult {
  documents: number;
  kept: number;
  removed: number;
  /** Texts of which there were copies. */
  clusters: number;
  rejects: number;
}

/** One pass while the hashes fit into memory; where they do not, two passes with the hashes sorted on disk. */
export async function dedupJsonlFilesExact(options: JsonlExactOptions): Promise<JsonlExactResult> {
  mkdirSync(options.workDir, { recursive: true });
  return (await inMemory(options)) ?? (await onDisk(options));
}

/** Thrown to leave a pass whose hashes have no room. */
const full = new Error("no room for more hashes");

async function inMemory(options: JsonlExactOptions): Promise<JsonlExactResult | undefined> {
  const set = new ExactSet();
  const limit = options.settings.memoryBytes;
  const pass = openPass(options);
  const { lines, places, log } = pass;
  const keep = (file: number, base: number): boolean => {
    if (set.bytesForNext > limit) throw full;
    const document = places.count;
    places.add(file, base, lines);
    const first = set.add(lines.hash, 0, document);
    if (first < 0) return true;
    log.add(lines.id(), document, first);
    return false;
  };
  try {
    return publish(pass, await passOver({ ...pass.options, keep, write: true }), places.count - set.size);
  } catch (error) {
    log.discard();
    if (error !== full) throw error;
    return undefined;
  } finally {
    places.close();
  }
}

interface Pass {
  lines: JsonLines;
  places: LinePlaces;
  log: RemovalLog;
  rejects: number;
  options: Omit<PassOptions, "keep" | "write">;
}

function openPass(options: JsonlExactOptions): Pass {
  const { files, settings, onReject, onBytes, signal } = options;
  const fields: LineFields = { text: "text", id: "id", ...options.fields };
  const lines = new JsonLines(fields, settings.normalize);
  const places = new LinePlaces(join(options.workDir, "places.bin"));
  const log = new RemovalLog(options.removedPath, files, fields.id, places);
  const pass: Pass = { lines, places, log, rejects: 0, options: { files, lines, onBytes, signal } };
  pass.options.onReject = (reject) => {
    pass.rejects++;
    onReject?.(reject);
  };
  return pass;
}

function publish({ places, log, rejects }: Pass, outputs: OutputFile[], removed: number): JsonlExactResult {
  const closed = [...outputs, log.close()];
  for (const output of closed) output.publish();
  const documents = places.count;
  return { documents, kept: documents - removed, removed, clusters: log.partners, rejects };
}

async function onDisk(options: JsonlExactOptions): Promise<JsonlExactResult> {
  const pass = openPass(options);
  const { places, log } = pass;
  try {
    const found = await resolveOnDisk(options, pass);
    let document = 0;
    const keep = () => !hasBit(found.removed, document++);
    const outputs = await passOver({ ...pass.options, onReject: undefined, keep, write: true });
    let removed = 0;
    for await (const { doc, partner } of found.removals()) {
      log.add(log.idOf(doc), doc, partner);
      removed++;
    }
    return publish(pass, outputs, removed);
  } catch (error) {
    log.discard();
    throw error;
  } finally {
    places.close();
  }
}

async function resolveOnDisk(options: JsonlExactOptions, { lines, places, ...pass }: Pass): Promise<Resolution> {
  const { normalize, memoryBytes } = options.settings;
  const settings: DedupSettings = { ...v.parse(DedupSettings, { method: ["exact"] }), normalize, memoryBytes };
  const path = join(options.workDir, "exact.sig");
  const writer = new RecordWriter<SignatureMeta>(path, Math.min(64 << 20, memoryBytes / 4));
  const column = writer.column("exact", columns.exact.words, columns.exact.keys);
  const keep = (file: number, base: number): boolean => {
    const at = column.next();
    column.records.set(lines.hash, at);
    column.records[at + 4] = places.count;
    places.add(file, base, lines);
    return true;
  };
  await passOver({ ...pass.options, keep, write: false });
  writer.finish({ documents: places.count, made: { exact: madeWith("exact", settings) } });
  const workDir = join(options.workDir, "resolve");
  const { signal } = options;
  return resolveDuplicates({
    tasks: [{ path, documents: places.count }],
    settings,
    workDir,
    text: () => undefined,
    ...(signal && { signal }),
  });
}
