/** Goal: drawings show the numbers that they are made of, the same ones every time, and hold nothing but themselves. */
import { describe, expect, test } from "bun:test";
import { Mt19937 } from "../../../src/core/mt19937.ts";
import { pageOf, svgOf } from "../../../src/core/svg.ts";
import { axisOf, doublingAxis, place } from "../../../src/pipelines/plots/axis.ts";
import { clusterPanel, clustersOf, type EngineSample } from "../../../src/pipelines/plots/clusters.ts";
import { groupVectors } from "../../../src/pipelines/plots/k-means.ts";
import { doublingBars, evenBars, lengthPanels, lengthsFrom } from "../../../src/pipelines/plots/lengths.ts";
import { drawingOf } from "../../../src/pipelines/plots/panel.ts";
import { projectToPlane } from "../../../src/pipelines/plots/pca.ts";
import { measurePanel, scorePanels } from "../../../src/pipelines/plots/scores.ts";
import { PYTHON, python } from "../../support/peers.ts";

/** Rows about some middles, each further out in its own direction. */
function blobs(perBlob: number, count: number, dimension: number, seed = 1): Float32Array {
  const random = new Mt19937(seed);
  const uniform = () => random.next32() / 2 ** 32 - 0.5;
  const vectors = new Float32Array(perBlob * count * dimension);
  for (let row = 0; row < perBlob * count; row++) {
    for (let j = 0; j < dimension; j++) vectors[row * dimension + j] = uniform() * 0.2 * (j === 0 ? 3 : 1);
    vectors[row * dimension + 1 + (row % count)]! += 2 + (row % count);
  }
  return vectors;
}

const texts = ({ ticks }: { ticks: readonly { text: string }[] }) => ticks.map(({ text }) => text);

describe("an axis", () => {
  test.each([
    [axisOf("x", 0, 1), ["0", "0.2", "0.4", "0.6", "0.8", "1"]],
    [axisOf("x", 0, 37), ["0", "10", "20", "30", "40"]],
    [axisOf("x", 0, 3, { whole: true }), ["0", "1", "2", "3"]],
    [axisOf("x", -0.32, 0.41, { ticks: 4 }), ["-0.4", "-0.2", "0", "0.2", "0.4", "0.6"]],
    [axisOf("x", 5, 5), ["5", "6", "7", "8", "9", "10"]],
    [axisOf("x", 0, 0), ["0", "0.2", "0.4", "0.6", "0.8", "1"]],
    [axisOf("x", 0, 1_250_000, { whole: true, ticks: 4 }), ["0", "500,000", "1,000,000", "1,500,000"]],
    [doublingAxis("x", 6, 10), ["64", "128", "256", "512", "1,024"]],
  ])("has round numbers that reach from end to end (%#)", (axis, expected) => {
    expect(texts(axis)).toEqual(expected);
    expect([place(axis, axis.from), place(axis, axis.to)]).toEqual([0, 1]);
  });
});

describe("the plane", () => {
  test("is that of numpy's singular value decomposition", async () => {
    const shapes = [
      { rows: 60, dimension: 12, vectors: blobs(20, 3, 12) },
      { rows: 9, dimension: 30, vectors: blobs(3, 3, 30, 5) },
      { rows: 200, dimension: 4, vectors: blobs(100, 2, 4, 9) },
    ];
    const given = shapes.map(({ rows, dimension, vectors }) =>
      Array.from({ length: rows }, (_, row) => [...vectors.subarray(row * dimension, (row + 1) * dimension)]),
    );
    const peers = JSON.parse((await python("test/parity/plane_reference.py", [], JSON.stringify(given)))[0]!) as {
      points: [number, number][];
      variance: number[];
    }[];
    for (const [i, { vectors, dimension }] of shapes.entries()) {
      const { points, variance } = projectToPlane(vectors, dimension);
      const expected = peers[i]!.points.flat();
      for (const [at, value] of points.entries()) expect(value).toBeCloseTo(expected[at]!, 4);
      expect(variance[0]).toBeCloseTo(peers[i]!.variance[0]!, 6);
      expect(variance[1]).toBeCloseTo(peers[i]!.variance[1]!, 6);
    }
  });

  test("of rows that are all the same, of one row and of none is a point", () => {
    expect([...projectToPlane(new Float32Array(12).fill(0.5), 4).points]).toEqual([0, 0, 0, 0, 0, 0]);
    expect(projectToPlane(Float32Array.of(1, 2), 2)).toEqual({ points: new Float64Array(2), variance: [0, 0] });
    expect(projectToPlane(new Float32Array(0), 0).points).toHaveLength(0);
  });
});

describe("groups", () => {
  test("are the ones that the rows were made in, the largest first", () => {
    const vectors = blobs(30, 4, 16);
    const { group, typical } = groupVectors(vectors, 16, 4);
    for (let row = 0; row < 120; row++) expect(group[row]).toBe(group[row % 4]!);
    expect(new Set(group).size).toBe(4);
    expect(typical.map((row) => group[row])).toEqual([0, 1, 2, 3]);
    expect(groupVectors(vectors, 16, 4).group).toEqual(group);
  });

  test("are fewer where there is nothing to divide", () => {
    expect(groupVectors(new Float32Array(20).fill(1), 4, 8).typical).toHaveLength(1);
    expect(groupVectors(Float32Array.of(1, 0, 0, 1), 2, 8).typical).toHaveLength(2);
    expect(groupVectors(new Float32Array(0), 0, 8).typical).toEqual([]);
  });
});

describe("bars", () => {
  test("count every passage once, in steps of whole tokens", () => {
    expect(evenBars(Int32Array.of(0, 1, 1, 3))).toEqual([
      { from: 0, to: 1, count: 1 },
      { from: 1, to: 2, count: 2 },
      { from: 2, to: 3, count: 0 },
      { from: 3, to: 4, count: 1 },
    ]);
    const many = evenBars(Int32Array.from({ length: 1_000 }, (_, i) => i));
    expect(many).toHaveLength(40);
    expect(many.every(({ count }) => count === 25)).toBe(true);
    expect(evenBars(new Int32Array(0))).toEqual([]);
  });

  test("of documents double, and begin where there are some", () => {
    expect(doublingBars(Float64Array.of(4, 7, 8, 40))).toEqual([
      { from: 2, to: 3, count: 2 },
      { from: 3, to: 4, count: 1 },
      { from: 4, to: 5, count: 0 },
      { from: 5, to: 6, count: 1 },
    ]);
  });
});

const HOSTILE = `<script>alert("1")</script> & 'x' \u0007\ud800.md`;

function samplesOf(names: readonly string[]): EngineSample[] {
  const vectors = blobs(names.length, 2, 8);
  const places = Array.from({ length: names.length * 2 }, (_, i) => ({
    id: String(i),
    path: `dir${i % 2}/${names[i % names.length]}`,
    title: HOSTILE,
    startLine: i + 1,
  }));
  return [{ engine: "documents", places, vectors, dimension: 8 }];
}

describe("a drawing", () => {
  const drawings = {
    clusters: drawingOf("Map", HOSTILE, [clusterPanel(clustersOf(samplesOf([HOSTILE, "b.md"]), "cluster", 3))]),
    lengths: drawingOf(
      "Lengths",
      "d",
      lengthPanels(lengthsFrom("documents", Int32Array.of(3, 90), Float64Array.of(93)), undefined),
    ),
    empty: drawingOf(
      "Lengths",
      "d",
      lengthPanels(lengthsFrom("documents", new Int32Array(0), new Float64Array(0)), undefined),
    ),
    scores: drawingOf(
      HOSTILE,
      "d",
      scorePanels({
        query: HOSTILE,
        curves: [
          { way: "text", unit: "BM25", hits: [{ rank: 1, score: 2, path: HOSTILE, startLine: 1 }] },
          { way: "vector", unit: "cosine similarity", hits: [] },
        ],
      }),
    ),
    measures: drawingOf("Measures", "d", [
      measurePanel({
        unit: "file",
        curves: [
          { name: "text", mean: 0.5, values: [1, 0] },
          { name: HOSTILE, mean: 1, values: [1, 1] },
        ],
      }),
    ]),
  };

  test.each(Object.entries(drawings))(
    "of %s loads nothing, runs nothing, and has no number that is none",
    (_, drawing) => {
      for (const text of [svgOf(drawing), pageOf(drawing, HOSTILE)]) {
        expect(text.replaceAll('xmlns="http://www.w3.org/2000/svg"', "")).not.toMatch(
          /https?:|<script|<image|<link|@import|url\(|\bhref|\son\w+=/,
        );
        expect(text).not.toMatch(/NaN|Infinity|undefined|="-0"/);
        expect(text).toContain("prefers-color-scheme:dark");
      }
    },
  );

  test("is well-formed XML, whatever files and questions are called", async () => {
    const script =
      "import sys,json,xml.etree.ElementTree as e; print(json.dumps([e.fromstring(t).tag for t in json.load(sys.stdin)]))";
    const peer = Bun.spawn([PYTHON, "-c", script], {
      stdin: new Blob([JSON.stringify(Object.values(drawings).map(svgOf))]),
      stdout: "pipe",
      stderr: "inherit",
    });
    expect(JSON.parse(await peer.stdout.text())).toEqual(Array(5).fill("{http://www.w3.org/2000/svg}svg"));
  });

  test("of clusters names the file of every point, and each group once with its size", () => {
    const data = clustersOf(samplesOf(["a.md", "b.md", "c.md"]), "folder", 3);
    expect(data.groups).toEqual([
      { name: "dir0", passages: 3 },
      { name: "dir1", passages: 3 },
    ]);
    const svg = svgOf(drawingOf("Map", "d", [clusterPanel(data)]));
    for (const { path, startLine } of data.points) expect(svg).toContain(`<title>${path}:${startLine}\n`);
    expect(svg).toContain("dir0 (3)");
    expect(svg).toContain("of the variance)");
  });
});
