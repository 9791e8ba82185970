/** The store: a passage written and found again in a folder of its own, then every table of the project. */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MdpError, messageOf } from "../core/errors.ts";
import type { EmbedderDescription } from "../core/ports.ts";
import { tablesDir } from "../core/project.ts";
import type { ChunkRecord } from "../core/record.ts";
import { isAddress } from "../embed/config.ts";
import { describeEmbedder } from "../embed/describe.ts";
import { addressName } from "../embed/remote/address.ts";
import { TableHistory } from "../store/history.ts";
import { TABLE } from "../store/schema.ts";
import { openStore } from "../store/store.ts";
import { tableNames } from "../store/table.ts";
import type { CheckContext, CheckResult } from "./check.ts";

const DIMENSION = 8;
const TEXT = "a passage that is written and found again";

export default async function store(context: CheckContext): Promise<CheckResult> {
  const started = performance.now();
  const found = await roundTrip(context);
  const took = `${Math.round(performance.now() - started)} ms`;
  if (!found) {
    const hint = "LanceDB drops rows without a word when two copies of Arrow meet; install mdp again";
    return { ok: false, detail: `a passage was written, but not found again (${took})`, hint };
  }
  const inProject = await projectStore(context);
  return { ...inProject, detail: `a passage written and found again in ${took}; ${inProject.detail}` };
}

async function roundTrip({ settings }: CheckContext): Promise<boolean> {
  const dir = await mkdtemp(join(tmpdir(), "mdp-doctor-"));
  try {
    await using probe = await openStore({ dir, settings: settings.store, embedder: EMBEDDER });
    const vector = new Float32Array(DIMENSION).fill(1 / Math.sqrt(DIMENSION));
    await probe.commit([RECORD], vector, [RECORD.doc]);
    const snapshot = await probe.snapshot();
    const byVector = await snapshot?.vectorSearch({ vector, limit: 1 });
    const byWords = await snapshot?.textSearch({ query: "written", limit: 1 });
    return byVector?.[0]?.id === RECORD.id && byWords?.[0]?.id === RECORD.id;
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** Every table of the project: whether it can be read, and whether the model of the settings may add to it. */
async function projectStore(context: CheckContext): Promise<CheckResult> {
  const { project } = context;
  const dir = project && tablesDir(project);
  const names = dir ? tableNames(dir) : [];
  if (!dir || names.length === 0) return { ok: true, detail: "nothing ingested here" };
  const results: CheckResult[] = [];
  for (const name of names) results.push(await projectTable(context, dir, name));
  const [wrong] = results.filter(({ ok }) => !ok);
  const detail = `the project has ${results.map((result) => result.detail).join("; ")}`;
  return wrong ? { ...wrong, detail } : { ok: true, detail };
}

async function projectTable(context: CheckContext, dir: string, name: string): Promise<CheckResult> {
  try {
    await using table = await TableHistory.open(dir, name);
    const label = await table.label();
    const last = (await table.versions()).at(-1)!;
    let rows = 0;
    // Every file of it is read, by its shortest column.
    for await (const batch of table.scan([label ? "seq" : "line"])) rows += batch.count;
    const what = label ? "chunks" : "executions";
    const detail = `${rows} ${what} in ${name} at version ${last.version}`;
    if (rows !== last.rows) {
      const hint = "run: mdp data verify; if it does not help, move the .mdp folder away and ingest again";
      return { ok: false, detail: `${detail}, where ${last.rows} should be`, hint };
    }
    return label ? await sameModel(context, name, label.embedder, detail) : { ok: true, detail };
  } catch (error) {
    const hint = error instanceof MdpError ? error.hint : undefined;
    return { ok: false, detail: `${name}, which cannot be read: ${messageOf(error)}`, hint };
  }
}

/** Whether vectors of the settings' model may be added; an engine with a choice of models stays with that of its table. */
async function sameModel(
  { settings }: CheckContext,
  name: string,
  embedder: EmbedderDescription,
  detail: string,
): Promise<CheckResult> {
  const own = name === TABLE ? settings.engines.documents?.model : settings.engines[name]?.model;
  if (own === undefined && name !== TABLE) return { ok: true, detail };
  // A model that cannot be described is the model check's own finding.
  const wanted = { ...settings.embed, model: own ?? settings.embed.model };
  // What is at an endpoint is known by its name: nothing is sent to it here.
  const address = isAddress(wanted.model) ? addressName(wanted.model) : undefined;
  const model = address === undefined ? await describeEmbedder(wanted).catch(() => undefined) : undefined;
  const same = model
    ? embedder.fingerprint === model.description.fingerprint
    : address === undefined || embedder.name === address;
  if (same) return { ok: true, detail };
  const key = own === undefined || own === settings.embed.model ? "embed.model" : `engines.${name}.model`;
  return {
    ok: false,
    detail: `${detail}, made by another model: ${embedder.name} (${embedder.fingerprint.slice(0, 12)})`,
    hint: `set ${key} to ${embedder.name}, or ingest into another project folder`,
  };
}

const EMBEDDER: EmbedderDescription = {
  fingerprint: "0".repeat(64),
  name: "doctor",
  modelType: "none",
  dimension: DIMENSION,
  maxTokens: 1,
  pooling: "mean",
  normalize: true,
  dtype: "float32",
  queryPrefix: "",
  documentPrefix: "",
  weightsSha256: "",
  tokenizerSha256: "",
};

const RECORD: ChunkRecord = {
  id: "0".repeat(32),
  doc: "doctor.txt",
  item: "doctor.txt",
  root: ".",
  path: "doctor.txt",
  title: "",
  kind: "text",
  lang: null,
  text: TEXT,
  headings: [],
  contentHash: "0".repeat(32),
  seq: 0,
  startLine: 1,
  endLine: 1,
  page: null,
  row: null,
  start: 0,
  end: TEXT.length,
  tokens: 8,
  truncated: false,
  mtimeMs: 0,
  metadata: {},
};
