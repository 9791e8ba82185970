/** `plot`: what a project holds, and how well it answers, as drawings. */
import { basename, extname } from "node:path";
import type { Settings } from "../config/schema.ts";
import { allInOrder } from "../core/all-in-order.ts";
import { MdpError, UsageError } from "../core/errors.ts";
import { writeWhole } from "../core/new-file.ts";
import type { Project } from "../core/project.ts";
import { type Drawing, pageOf, svgOf } from "../core/svg.ts";
import { UNITS } from "../search/evaluate/evaluate.ts";
import type { Snapshot } from "../store/store.ts";
import type { Engine } from "./engines/engine.ts";
import { openEngines } from "./engines/resolve.ts";
import { selectEngines } from "./engines/select.ts";
import { openStored, storedTables } from "./engines/stored.ts";
import { readEvaluationRun } from "./evaluate.ts";
import { type ClustersData, clusterPanel, clustersOf, type EngineSample, type Grouping } from "./plots/clusters.ts";
import { type LengthsData, lengthPanels, lengthsOf } from "./plots/lengths.ts";
import { drawingOf } from "./plots/panel.ts";
import { sampleOf } from "./plots/sample.ts";
import { curveOf, type MeasuresData, measurePanel, type ScoresData, scorePanels } from "./plots/scores.ts";
import { openSearch } from "./search.ts";

interface PlotRequest {
  project: Project;
  settings: Settings;
  /** Names or types of engines; all by default. */
  types: readonly string[];
}

/** A drawing with the numbers that are in it. */
export interface Plot<Data> {
  drawing: Drawing;
  /** A line for the page. */
  facts: string;
  data: Data;
}

export async function plotLengths(request: PlotRequest): Promise<Plot<LengthsData[]>> {
  const data: LengthsData[] = [];
  const panels = await eachTable(request, async (engine, snapshot, known) => {
    const lengths = await lengthsOf(engine, snapshot);
    data.push(lengths);
    return lengthPanels(lengths, known);
  });
  const facts = data
    .map(({ engine, passages }) => `${engine}: ${passages.count.toLocaleString("en-US")} passages`)
    .join(", ");
  const drawing = drawingOf("Lengths of passages and documents", `Histograms of tokens. ${facts}.`, panels.flat());
  return { drawing, facts, data };
}

export interface ClustersRequest extends PlotRequest {
  by: Grouping;
  /** Most passages that are drawn. */
  sample: number;
  /** Groups of like meaning. */
  groups: number;
}

/** Engines with another model than the first have vectors of another kind: they are left out, and named. */
export async function plotClusters(request: ClustersRequest): Promise<Plot<ClustersData> & { leftOut: string[] }> {
  const { by, sample, groups } = request;
  const samples: EngineSample[] = [];
  const leftOut: string[] = [];
  let model: string | undefined;
  await eachTable(request, async (engine, snapshot, _, fingerprint) => {
    model ??= fingerprint;
    if (fingerprint !== model) leftOut.push(engine);
    else samples.push({ engine, ...(await sampleOf(snapshot, sample)) });
  });
  const data = clustersOf(samples, by, groups);
  if (data.points.length === 0) throw noVectors(request.project);
  const facts = data.groups.map(({ name, passages }) => `${name} (${passages})`).join(" · ");
  const drawing = drawingOf(
    "Map of passages",
    `Passages on a plane, near each other where they mean the like. ${facts}.`,
    [clusterPanel(data)],
  );
  return { drawing, facts: `${data.points.length.toLocaleString("en-US")} passages`, data, leftOut };
}

export interface ScoresRequest extends PlotRequest {
  query: string;
  k: number;
}

export async function plotScores({ project, settings, types, query, k }: ScoresRequest): Promise<Plot<ScoresData>> {
  await using search = await openSearch({ project, settings, types });
  const ways = settings.search.mode === "text" ? (["text"] as const) : (["hybrid", "vector", "text"] as const);
  const curves = [];
  for (const way of ways) curves.push(curveOf(way, (await search.ask(query, { mode: way, k })).hits));
  const data: ScoresData = { query, curves };
  const facts = `${k} best hits by ${ways.join(", ")}`;
  return {
    drawing: drawingOf(`Scores for “${query}”`, `Scores by rank of the ${facts}.`, scorePanels(data)),
    facts,
    data,
  };
}

/** @param runs files that `mdp eval --save` has written, over the same questions */
export async function plotMeasures(runs: readonly string[]): Promise<Plot<MeasuresData[]>> {
  const read = await allInOrder(runs.map(async (path) => ({ path, run: await readEvaluationRun(path) })));
  const other = read.find(({ run }) => run.questions !== read[0]!.run.questions);
  if (other) throw new UsageError("the runs asked different questions", "plot them one by one", other.path);
  const data = UNITS.map(
    (unit): MeasuresData => ({
      unit,
      curves: read.flatMap(({ path, run }) =>
        Object.entries(run.ways).map(([way, units]) => {
          const values = Object.values(units[unit]).map(({ ndcg10 }) => ndcg10);
          values.sort((a, b) => b - a);
          const mean = values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
          return { name: runs.length > 1 ? `${basename(path)}, ${way}` : way, mean, values };
        }),
      ),
    }),
  );
  const facts = `nDCG@10 of every question, from ${runs.map((path) => basename(path)).join(", ")}`;
  return { drawing: drawingOf("How well searches answer", `${facts}.`, data.map(measurePanel)), facts, data };
}

/** Calls with the newest version of each chosen table that has rows. @throws MdpError `nothing-ingested` without any */
async function eachTable<T>(
  { project, settings, types }: PlotRequest,
  use: (engine: string, snapshot: Snapshot, known: Engine | undefined, fingerprint: string | undefined) => Promise<T>,
): Promise<T[]> {
  const chosen = new Set(selectEngines(await openEngines(settings), types).map(({ name }) => name));
  const results: T[] = [];
  for (const table of await storedTables(project, settings)) {
    if (types.length > 0 && !chosen.has(table.engine)) continue;
    await using store = await openStored(project, table);
    const snapshot = await store.snapshot();
    if (!snapshot || snapshot.rows === 0) continue;
    results.push(await use(table.engine, snapshot, table.known, store.embedder?.fingerprint));
  }
  if (results.length > 0) return results;
  throw new MdpError({
    code: "nothing-ingested",
    message: types.length > 0 ? `the project holds nothing of ${types.join(", ")}` : "the project holds no passages",
    where: project.dir,
    hint: "run: mdp ingest <files or folders>",
  });
}

function noVectors({ dir }: Project): MdpError {
  return new MdpError({
    code: "no-vector",
    message: "no passage has a vector yet, and without vectors there is no map",
    where: dir,
    hint: "mdp ingest makes them",
  });
}

const FORMS: Readonly<Record<string, (plot: Plot<unknown>) => string>> = {
  ".svg": ({ drawing }) => svgOf(drawing),
  ".html": ({ drawing, facts }) => pageOf(drawing, facts),
};

/** Refuses a name that says no form, before anything is drawn. */
export function checkDrawingName(out: string): void {
  if (FORMS[extname(out).toLowerCase()]) return;
  throw new UsageError(
    `"${out}" ends in neither .html nor .svg`,
    "drawings are written as --out plot.html or plot.svg",
  );
}

export async function writeDrawing(plot: Plot<unknown>, out: string): Promise<void> {
  checkDrawingName(out);
  await writeWhole(out, FORMS[extname(out).toLowerCase()]!(plot));
}
