/** A map of passages: their vectors on the plane of their two main directions, in groups. */
import { axisOf } from "./axis.ts";
import { groupVectors } from "./k-means.ts";
import type { Panel } from "./panel.ts";
import { projectToPlane } from "./pca.ts";
import type { Sample } from "./sample.ts";

export const GROUPINGS = ["cluster", "engine", "folder"] as const;
export type Grouping = (typeof GROUPINGS)[number];

export interface ClusterPoint {
  path: string;
  startLine: number;
  title: string;
  engine: string;
  x: number;
  y: number;
  group: number;
}

export interface ClustersData {
  by: Grouping;
  /** Share of all variance that the map shows, along x and y. */
  variance: [number, number];
  groups: { name: string; passages: number }[];
  points: ClusterPoint[];
}

export interface EngineSample extends Sample {
  engine: string;
}

/** Groups that can be told apart by colour and shape. */
export const MOST_GROUPS = 8;

/** @param samples of one dimension, by the same model */
export function clustersOf(samples: readonly EngineSample[], by: Grouping, count: number): ClustersData {
  const places = samples.flatMap(({ engine, places }) => places.map((place) => ({ ...place, engine })));
  const dimension = samples.find((sample) => sample.dimension > 0)?.dimension ?? 0;
  const vectors = new Float32Array(places.length * dimension);
  let offset = 0;
  for (const sample of samples) {
    vectors.set(sample.vectors, offset);
    offset += sample.vectors.length;
  }
  const { points, variance } = projectToPlane(vectors, dimension);
  const { group, names } = by === "cluster" ? byMeaning(vectors, dimension, count, places) : byName(places, by);
  const sizes = names.map((_, index) => group.filter((value) => value === index).length);
  return {
    by,
    variance: [rounded(variance[0]), rounded(variance[1])],
    groups: names.map((name, index) => ({ name, passages: sizes[index]! })),
    points: places.map(({ path, startLine, title, engine }, row) => ({
      path,
      startLine,
      title,
      engine,
      x: rounded(points[row * 2]!),
      y: rounded(points[row * 2 + 1]!),
      group: group[row]!,
    })),
  };
}

const rounded = (value: number) => Math.round(value * 1e5) / 1e5 + 0;

function byMeaning(vectors: Float32Array, dimension: number, count: number, places: readonly { path: string }[]) {
  const { group, typical } = groupVectors(vectors, dimension, count);
  return { group, names: typical.map((row, index) => `${index + 1}: like ${places[row]!.path}`) };
}

/** The largest groups have a name each; what is left shares the last one. */
function byName(places: readonly { engine: string; path: string }[], by: "engine" | "folder") {
  const nameOf = (place: { engine: string; path: string }) => (by === "engine" ? place.engine : folderOf(place.path));
  const counts = new Map<string, number>();
  for (const place of places) counts.set(nameOf(place), (counts.get(nameOf(place)) ?? 0) + 1);
  const sorted = [...counts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1)).map(([name]) => name);
  const names = sorted.length > MOST_GROUPS ? [...sorted.slice(0, MOST_GROUPS - 1), "others"] : sorted;
  const index = new Map(names.map((name, i) => [name, i]));
  return { group: Int32Array.from(places, (place) => index.get(nameOf(place)) ?? names.length - 1), names };
}

/** The folders of a path, two at most: `docs/guide`. */
function folderOf(path: string): string {
  const folders = path.split("/").slice(0, -1);
  return folders.length === 0 ? "." : folders.slice(0, path.startsWith("/") ? 3 : 2).join("/");
}

export function clusterPanel({ points, groups, variance, by }: ClustersData): Panel {
  const share = (part: number) => `${(part * 100).toFixed(1)} %`;
  const range = (values: number[]) => [Math.min(0, ...values), Math.max(0, ...values)] as const;
  const [x, y] = [range(points.map((point) => point.x)), range(points.map((point) => point.y))];
  const what = { cluster: "groups of like meaning", engine: "engines", folder: "folders" }[by];
  return {
    kind: "dots",
    title: "Passages by meaning",
    note: `${points.length.toLocaleString("en-US")} passages in ${what}; the map shows ${share(variance[0] + variance[1])} of their variance`,
    x: axisOf(`first main direction (${share(variance[0])} of the variance)`, ...x),
    y: axisOf(`second main direction (${share(variance[1])})`, ...y),
    dots: points.map((point) => ({ ...point, label: labelOf(point) })),
    groups: groups.map(({ name, passages }) => `${name} (${passages})`),
  };
}

function labelOf({ path, startLine, title }: ClusterPoint): string {
  return `${path}:${startLine}${title === "" ? "" : `\n${title}`}`;
}
