/** The store: a passage written and found again in a folder of its own, then the project's. */
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { EmbedderDescription } from "../core/ports.ts";
import type { ChunkRecord } from "../core/record.ts";
import { describeEmbedder } from "../embed/describe.ts";
import { openStore } from "../store/store.ts";
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

/** The project's table, and whether the model of the settings may add to it. */
async function projectStore({ settings, project }: CheckContext): Promise<CheckResult> {
  const dir = project && join(project.stateDir, "lancedb");
  if (!dir || !existsSync(dir)) return { ok: true, detail: "nothing ingested here" };
  await using opened = await openStore({ dir, settings: settings.store });
  const { rows, version, vectorSearch, embedder } = await opened.status();
  const detail = `the project has ${rows} chunks at version ${version}, ${vectorSearch} vector search`;
  // A model that cannot be described is the model check's own finding.
  const model = await describeEmbedder(settings.embed).catch(() => undefined);
  if (!embedder || !model || embedder.fingerprint === model.description.fingerprint) return { ok: true, detail };
  return {
    ok: false,
    detail: `${detail}, made by another model: ${embedder.name} (${embedder.fingerprint.slice(0, 12)})`,
    hint: `set embed.model to ${embedder.name}, or ingest into another project folder`,
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
