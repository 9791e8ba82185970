/**
 * The short way of `dedup --method exact` over JSON Lines: one pass over the bytes, in which lines that stay keep
 * theirs. Nothing is staged, so a run that was killed begins again.
 */
import { closeSync, openSync, readSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Settings } from "../../config/schema.ts";
import { sha256File } from "../../core/hash.ts";
import { NewFile } from "../../core/new-file.ts";
import { dedupJsonlFilesExact, type JsonlExactOptions } from "../../curate/dedup/dedup.ts";
import { hashInput } from "./hash-input.ts";
import { type Layout, taskName } from "./layout.ts";
import { writeManifest } from "./manifest.ts";
import { type CommandName, fingerprintOf, type Plan } from "./plan.ts";
import type { ReadRecord } from "./records.ts";
import { emptyReport, type PrepareProgress, type PrepareReport } from "./report.ts";
import type { Scan } from "./scan.ts";
import { type InputLine, inputKey } from "./split-inputs.ts";

/** Bytes in which the first line of a file must show its fields. */
const HEAD_BYTES = 1 << 20;

/** Whether every input is JSON Lines whose first line has its text under `text`, and nothing else is asked for. */
export function isExactLines(command: CommandName, settings: Settings, found: Scan): boolean {
  const { method, against } = settings.dedup;
  const { format, textField, idField } = settings.ingest;
  const plain = method.length === 1 && method[0] === "exact" && against.length === 0;
  if (
    command !== "dedup" ||
    settings.curate.documentFormat !== "jsonl" ||
    !plain ||
    textField !== undefined ||
    idField !== undefined
  )
    return false;
  return (format === undefined || format === "jsonl") && found.lines.every((line) => showsText(line));
}

function showsText({ path, shown }: InputLine): boolean {
  if (!/\.(jsonl|ndjson)$/i.test(shown)) return false;
  try {
    const fd = openSync(path, "r");
    try {
      const head = Buffer.alloc(HEAD_BYTES);
      const line = head.toString("utf8", 0, readSync(fd, head, 0, head.length, 0)).split("\n", 1)[0]!;
      return typeof (JSON.parse(line) as { text?: unknown }).text === "string";
    } finally {
      closeSync(fd);
    }
  } catch {
    // Another way of reading says what is wrong.
    return false;
  }
}

export async function dedupExactLines(
  layout: Layout,
  plan: Plan,
  found: Scan,
  signal: AbortSignal,
  onProgress: (progress: PrepareProgress) => void,
): Promise<PrepareReport> {
  // Stretches of one file follow each other; here the file is read as a whole.
  const files = [...new Map(found.lines.map(({ range: _, ...line }) => [line.uri, line])).values()];
  const outputs = files.map((_, i) => `part_${taskName(i)}.jsonl`);
  const rejects: string[] = [];
  let done = 0;
  const result = await dedupJsonlFilesExact({
    files: files.map(({ path }, i) => ({ input: path, output: join(layout.dir, outputs[i]!) })),
    settings: plan.settings.dedup,
    removedPath: layout.removed,
    workDir: join(layout.staging, "exact"),
    onReject: (reject) => rejects.push(rejectLine(reject)),
    onBytes: (bytes) => {
      done += bytes;
      onProgress({ phase: "read", done, total: plan.inputs.bytes, unit: "bytes" });
    },
    signal,
  });
  const inputs: ReadRecord["inputs"] = [];
  for (const line of files) inputs.push({ uri: line.uri, sha256: await hashInput(line), documents: 0 });
  const contents = inputs.map((input) => [inputKey(input), input.sha256] as const);
  const report = emptyReport(plan.command, layout.dir, fingerprintOf(plan, contents));
  report.inputs = { files: files.length, bytes: plan.inputs.bytes, skipped: { ...found.skipped } };
  report.documents = result.documents;
  report.kept = result.kept;
  report.duplicates = result.removed;
  report.rejects = result.rejects;
  report.dedup = { clusters: result.clusters, methods: { exact: result.removed }, unverified: 0 };
  if (rejects.length > 0) {
    const file = await NewFile.create(layout.rejects);
    await file.append(Buffer.from(rejects.join("")));
    await file.commit();
  }
  const written = await Promise.all(
    outputs.map(async (path) => {
      const full = join(layout.dir, path);
      return { path, bytes: statSync(full).size, sha256: await sha256File(full) };
    }),
  );
  await writeManifest(layout, plan, report, inputs, written);
  return report;
}

type LineReject = Parameters<NonNullable<JsonlExactOptions["onReject"]>>[0];

function rejectLine({ path, line, reason }: LineReject): string {
  return `${JSON.stringify({ uri: path, row: line, code: `row-${reason}`, reason: `the line is no document: ${reason}` })}\n`;
}
