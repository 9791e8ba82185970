/** The plan of a run: its inputs frozen in a list, cut into tasks that do not depend on how many workers there are. */
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pathSettings } from "../../config/load.ts";
import type { Settings } from "../../config/schema.ts";
import { MdpError } from "../../core/errors.ts";
import { idOf, sha256, sha256File } from "../../core/hash.ts";
import { NewFile, writeWhole } from "../../core/new-file.ts";
import { hashAgainst } from "./hash-against.ts";
import type { Layout } from "./layout.ts";
import type { Scan, ScanRequest } from "./scan.ts";
import { type InputLine, inputBytes } from "./split-inputs.ts";

export type CommandName = "shard" | "curate" | "dedup";

/** Consecutive lines of the list of inputs. */
export interface TaskSpec {
  /** Number of the first line, and where the lines lie in the file, in bytes. */
  first: number;
  offset: number;
  length: number;
  count: number;
  bytes: number;
}

/** The settings of a run. How many workers there are, and their memory, changes nothing of what comes out. */
export type PlanSettings = Pick<Settings, "ingest" | "curate" | "dedup" | "shard">;

export interface Plan {
  version: 1;
  command: CommandName;
  /** Hash of settings and of the list of inputs with their times: what records of this run carry. */
  id: string;
  settings: PlanSettings;
  /** SHA-256 of the files that settings name, by `section.key`. */
  files: Record<string, string>;
  inputs: { arguments: string[]; files: number; bytes: number; sha256: string };
  tasks: TaskSpec[];
}

/** Raised when the same inputs and settings begin to give something else. */
const PLAN_VERSION = 1;
const MAX_TASK_ITEMS = 10_000;

/**
 * The plan for a scan; nothing is written.
 *
 * @param more hashes of what else decides on the run
 */
export async function makePlan(
  command: CommandName,
  request: ScanRequest,
  found: Scan,
  more: Record<string, string> = {},
): Promise<Plan> {
  const { ingest, curate, dedup, shard } = request.settings;
  const settings: PlanSettings = { ingest, curate, dedup, shard };
  const files = { ...(await hashSettingFiles(settings)), ...more };
  for (const path of dedup.against) {
    files[`dedup.against: ${path}`] = await hashAgainst(request.project, request.settings, path);
  }
  const { tasks, bytes, hash } = cutTasks(found.lines, found.taskBytes);
  return {
    version: PLAN_VERSION,
    command,
    id: idOf(String(PLAN_VERSION), command, JSON.stringify(decisive(settings)), JSON.stringify(files), hash),
    settings,
    files,
    inputs: {
      arguments: [...request.inputs],
      files: new Set(found.lines.map(({ uri }) => uri)).size,
      bytes,
      sha256: hash,
    },
    tasks,
  };
}

const lineText = (line: InputLine) => `${JSON.stringify(line)}\n`;

/** The list of inputs is hashed line by line: as one text it would take as much memory again. */
function cutTasks(lines: readonly InputLine[], taskBytes: number) {
  const hasher = new Bun.CryptoHasher("sha256");
  const tasks: TaskSpec[] = [];
  let offset = 0;
  let bytes = 0;
  let task: TaskSpec | undefined;
  for (const [i, input] of lines.entries()) {
    const size = inputBytes(input);
    if (!task || task.count >= MAX_TASK_ITEMS || (task.count > 0 && task.bytes + size > taskBytes)) {
      task = { first: i, offset, length: 0, count: 0, bytes: 0 };
      tasks.push(task);
    }
    task.count++;
    task.bytes += size;
    bytes += size;
    const text = lineText(input);
    hasher.update(text);
    const length = Buffer.byteLength(text);
    task.length += length;
    offset += length;
  }
  return { tasks, bytes, hash: hasher.digest("hex") };
}

/** Keys that change how a run goes, and nothing of its result. */
const indifferent: ReadonlySet<string> = new Set([
  "ingest.concurrency",
  "ingest.commitChunks",
  "ingest.allowEmpty",
  "ingest.strict",
  "ingest.chunkTokens",
  "ingest.overlapTokens",
  "dedup.memoryBytes",
  "dedup.keepTexts",
  "shard.workers",
  "shard.keepStaging",
]);

/** The settings that decide what comes out, by `section.key`, in the order of their names. */
export function decisive(settings: PlanSettings): Record<string, unknown> {
  const pairs = Object.entries(settings).flatMap(([section, values]) =>
    Object.entries(values).map(([key, value]) => [`${section}.${key}`, value] as const),
  );
  return Object.fromEntries(pairs.filter(([path]) => !indifferent.has(path)).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/**
 * What names the output: the same settings over the same contents give the same, wherever and whenever the files were
 * written.
 *
 * @param contents uri and SHA-256 of every input, in order
 */
export function fingerprintOf(plan: Plan, contents: Iterable<readonly [uri: string, sha256: string]>): string {
  // Of a file or folder the content decides, not its place.
  const settings = Object.entries(decisive(plan.settings)).filter(
    ([path]) => !pathSettings.some((name) => name === path),
  );
  const hasher = new Bun.CryptoHasher("sha256");
  hasher.update(JSON.stringify([PLAN_VERSION, plan.command, settings, Object.values(plan.files)]));
  for (const content of contents) hasher.update(`${JSON.stringify(content)}\n`);
  return hasher.digest("hex").slice(0, 32);
}

/** The same in their sections, as the manifest has them. */
export function decisiveSections(settings: PlanSettings): Record<string, Record<string, unknown>> {
  const sections: Record<string, Record<string, unknown>> = {};
  for (const [path, value] of Object.entries(decisive(settings))) {
    const [section, key] = path.split(".") as [string, string];
    sections[section] = { ...sections[section], [key]: value };
  }
  return sections;
}

/** Files of a model's folder that are read. */
const MODEL_FILE = /\.(json|model|safetensors|txt|jinja)$/;
/** Files beside a tokenizer's own: they name its special tokens and hold the chat template. */
const BESIDE_TOKENIZER = ["tokenizer_config.json", "special_tokens_map.json", "chat_template.jinja"];

async function hashSettingFiles(settings: PlanSettings): Promise<Record<string, string>> {
  const hashes: Record<string, string> = {};
  const given = decisive(settings);
  for (const name of pathSettings) {
    const value = name === "dedup.against" ? undefined : given[name];
    for (const path of typeof value === "string" ? [value] : ((value as string[] | undefined) ?? [])) {
      const found = await stat(path).catch(() => undefined);
      if (found?.isFile()) hashes[`${name}: ${path}`] = await sha256File(path);
      for (const file of found?.isFile() && name === "shard.tokenizer" ? BESIDE_TOKENIZER : []) {
        const beside = join(dirname(path), file);
        if (existsSync(beside)) hashes[`${name}: ${beside}`] = await sha256File(beside);
      }
      if (!found?.isDirectory()) continue;
      const names = (await readdir(path)).filter((file) => MODEL_FILE.test(file)).sort();
      const parts = await Promise.all(names.map(async (file) => `${file} ${await sha256File(join(path, file))}`));
      hashes[`${name}: ${path}`] = sha256(parts.join("\n"));
    }
  }
  return hashes;
}

/** Writes the list of inputs, then the plan. */
export async function writePlan(layout: Layout, plan: Plan, found: Scan): Promise<void> {
  mkdirSync(dirname(layout.inputs), { recursive: true });
  mkdirSync(layout.staging, { recursive: true });
  const list = await NewFile.create(layout.inputs);
  for (let i = 0; i < found.lines.length; i += 1_000) {
    await list.append(
      Buffer.from(
        found.lines
          .slice(i, i + 1_000)
          .map(lineText)
          .join(""),
      ),
    );
  }
  await list.commit();
  await writeWhole(layout.plan, `${JSON.stringify(plan)}\n`);
}

/** The plan that a run left, or undefined. */
export function readPlan(path: string): Plan | undefined {
  if (!existsSync(path)) return undefined;
  try {
    return JSON.parse(readFileSync(path, "utf8")) as Plan;
  } catch {
    throw new MdpError({
      code: "plan-damaged",
      message: "the plan of the run that began here cannot be read",
      where: path,
      hint: "start again with --overwrite",
    });
  }
}

/** The inputs of one task. */
export async function readTaskInputs(layout: Layout, task: TaskSpec): Promise<InputLine[]> {
  const text = await Bun.file(layout.inputs)
    .slice(task.offset, task.offset + task.length)
    .text();
  return text
    .split("\n")
    .slice(0, task.count)
    .map((line) => JSON.parse(line) as InputLine);
}
