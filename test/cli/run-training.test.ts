/** Goal: trainings are steps of `mdp run` like any other, done again for other rows, models and settings only. */
import { beforeAll, describe, expect, test } from "bun:test";
import { appendFileSync, existsSync, readFileSync, rmSync, utimesSync } from "node:fs";
import { join } from "node:path";
import type { ProjectRunReport } from "../../src/pipelines/project-run.ts";
import { madeUpDomain } from "../support/made-up-domain.ts";
import { TempProject } from "../support/project.ts";
import { tinyModel } from "../support/tiny-models.ts";
import { writeRows } from "../support/train-data.ts";

const TINY_EMBEDDER = join(import.meta.dir, "../../fixtures/models/tiny-bert-embedder");

const outcomes = ({ steps }: ProjectRunReport) => Object.fromEntries(steps.map(({ name, outcome }) => [name, outcome]));
const reasons = ({ steps }: ProjectRunReport) => Object.fromEntries(steps.map((step) => [step.name, step.reasons]));
const run = (project: TempProject, ...flags: string[]) => project.json<ProjectRunReport>("run", ...flags);
const again = (path: string, text: string, other: string) => readFileSync(path, "utf8").replace(text, other);

let model: string;
beforeAll(async () => {
  model = await tinyModel("llama");
});

const TRAIN = "iters: 4, batchSize: 2, numLayers: -1, stepsPerEval: 4, valBatches: 1, saveEvery: 2";

test("train is done again for other rows, and not for the same", async () => {
  const yaml = `steps:
  tuned:
    train: rows
    model: ${model}
    out: adapter
    settings:
      train: { ${TRAIN} }
`;
  using project = new TempProject({ "mdp.yaml": yaml });
  writeRows(project.path("rows"));
  expect(outcomes(await run(project))).toEqual({ tuned: "done" });
  expect(outcomes(await run(project))).toEqual({ tuned: "up-to-date" });
  const row = readFileSync(project.path("rows/train.jsonl"), "utf8").split("\n")[0];
  appendFileSync(project.path("rows/train.jsonl"), `${row}\n`);
  expect(reasons(await run(project))).toEqual({ tuned: ["changed: data: train.jsonl"] });
  rmSync(project.path("adapter"), { recursive: true });
  expect(reasons(await run(project))).toEqual({ tuned: ["its output does not exist yet"] });
});

describe("train-preferences", () => {
  const pair = (i: number) =>
    JSON.stringify({ prompt: `fox ${i}?`, chosen: `quick fox ${i}`, rejected: `lazy dog ${i % 3}` });
  const yaml = `steps:
  liked:
    train-preferences: pairs
    model: ${"MODEL"}
    out: liked
    settings:
      train: { resumeAdapterFile: tuned/adapters.safetensors }
      trainPreferences: { referenceAdapter: tuned, beta: 0.5 }
  tuned: { train: rows, model: MODEL, out: tuned }
train: { ${TRAIN} }
`;

  test("goes on with the adapter of another step, and compares with it", async () => {
    using project = new TempProject({ "mdp.yaml": yaml.replaceAll("MODEL", model) });
    writeRows(project.path("rows"));
    project.write("pairs/train.jsonl", Array.from({ length: 8 }, (_, i) => pair(i)).join("\n"));
    const first = await run(project, "--only", "tuned");
    expect(outcomes(first)).toEqual({ tuned: "done" });
    const liked = await run(project, "--only", "liked");
    expect(liked.steps[0]).toMatchObject({ outcome: "done", exitCode: 0, report: { pairs: 8, steps: 4 } });
    expect(existsSync(project.path("liked/adapters.safetensors"))).toBe(true);
    expect(Object.values(outcomes(await run(project)))).toEqual(["up-to-date", "up-to-date"]);

    project.write("mdp.yaml", again(project.path("mdp.yaml"), "beta: 0.5", "beta: 0.4"));
    expect(reasons(await run(project))).toMatchObject({ liked: ["the setting trainPreferences.beta: 0.5 → 0.4"] });
    project.write("mdp.yaml", again(project.path("mdp.yaml"), "iters: 4", "iters: 2"));
    await run(project, "--only", "tuned");
    expect(reasons(await run(project, "--dry-run", "--only", "liked"))).toEqual({
      liked: [
        "the setting train.iters: 4 → 2",
        "changed: train.resumeAdapterFile",
        "changed: trainPreferences.referenceAdapter",
      ],
    });
  });
});

describe("train-embedder", () => {
  const lines = madeUpDomain()
    .slice(0, 8)
    .map((row) => JSON.stringify(row));
  const yaml = (more = "") => `steps:
  own:
    train-embedder: pairs.jsonl
    model: ${TINY_EMBEDDER}
    out: own
    settings: { trainEmbedder: { batchSize: 4, holdOut: 0.25${more} } }
`;

  test("makes a model, again for other pairs and other settings, and not for the same", async () => {
    using project = new TempProject({ "mdp.yaml": yaml(), "pairs.jsonl": lines.join("\n") });
    const first = await run(project);
    expect(first.steps[0]).toMatchObject({ outcome: "done", report: { rows: 6, heldOut: 2, steps: 2 } });
    expect(outcomes(await run(project))).toEqual({ own: "up-to-date" });
    project.write("mdp.yaml", yaml(", epochs: 2"));
    const second = await run(project);
    expect(second.steps[0]).toMatchObject({
      outcome: "done",
      reasons: ["the setting trainEmbedder.epochs: 1 → 2"],
      report: { steps: 4 },
    });
    appendFileSync(project.path("pairs.jsonl"), '\n{"anchor": "only"}');
    const bad = await run(project);
    expect(bad.exitCode).toBe(1);
    expect(bad.steps[0]).toMatchObject({ reasons: ["changed: data"], exitCode: 1, report: { rejects: 1 } });
  });

  test("writes over no model that it has not made", async () => {
    using project = new TempProject({ "mdp.yaml": yaml(), "pairs.jsonl": lines.join("\n") });
    project.write("own/config.json", "{}");
    project.write("own/model.safetensors", "mine");
    for (let i = 0; i < 2; i++) {
      const refused = await project.run("run");
      expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining("mdp train-embedder did not make it") });
    }
    expect(readFileSync(project.path("own/model.safetensors"), "utf8")).toBe("mine");
  });
});

test("mdp train-embedder takes its settings from mdp.yaml too, and a flag before them", async () => {
  using project = new TempProject({
    "mdp.yaml": "trainEmbedder:\n  epochs: 3\n  holdOut: 0\n  batchSize: 4\n",
    "pairs.jsonl": madeUpDomain()
      .slice(0, 4)
      .map((row) => JSON.stringify(row))
      .join("\n"),
  });
  const flags = ["pairs.jsonl", "--model", TINY_EMBEDDER, "--out", "own"];
  expect(await project.json<unknown>("train-embedder", ...flags)).toMatchObject({ rows: 4, steps: 3 });
  const over = [...flags, "--overwrite", "--epochs", "2"];
  expect(await project.json<unknown>("train-embedder", ...over)).toMatchObject({ steps: 2 });
});

test("passages are embedded anew by a model that was trained anew, and stored in another type that is set", async () => {
  const yaml = (more: string, epochs: number) => `embed: { model: ./own }
${more}steps:
  docs: { ingest: docs }
  own:
    train-embedder: pairs.jsonl
    out: own
    settings: { trainEmbedder: { batchSize: 4, holdOut: 0, epochs: ${epochs} } }
`;
  const pairs = madeUpDomain().slice(0, 4);
  using project = new TempProject({
    "mdp.yaml": yaml("", 1),
    "pairs.jsonl": pairs.map((row) => JSON.stringify(row)).join("\n"),
    ...Object.fromEntries(pairs.map(({ positive }, i) => [`docs/${i}.md`, `# Part ${i}\n\n${positive}\n`])),
  });
  const first = await run(project);
  expect(first.steps.map(({ name, outcome }) => [name, outcome])).toEqual([
    ["own", "done"],
    ["docs", "done"],
  ]);
  expect(Object.values(outcomes(await run(project)))).toEqual(["up-to-date", "up-to-date"]);

  project.write("mdp.yaml", yaml("", 2));
  const [, docs] = (await run(project)).steps;
  expect(docs).toMatchObject({
    outcome: "done",
    reasons: ["changed: embed.model: model.safetensors", "changed: embed.model: trained_from.json"],
    report: { unchanged: 4, chunks: { embedded: 4, cached: 0 } },
  });
  expect((await project.run("search", "--vector", pairs[0]!.anchor)).code).toBe(0);

  const other = "  other: { ingest: docs/0.md, settings: { embed: { model: all-MiniLM-L6-v2 } } }\n";
  project.write("mdp.yaml", `${yaml("", 2)}${other}`);
  const refused = await project.run("run");
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('was written with the embedder "own"') });

  project.write("mdp.yaml", yaml("store: { vectorType: int8 }\n", 2));
  const typed = await run(project);
  expect(typed.steps[1]).toMatchObject({ outcome: "done", report: { unchanged: 4, chunks: { embedded: 0 } } });
  expect(await project.json<unknown>("index", "status")).toMatchObject([{ vectorType: "int8" }]);
  expect(Object.values(outcomes(await run(project)))).toEqual(["up-to-date", "up-to-date"]);
});

test("fuse puts a trained adapter into its model, again when it was trained anew", async () => {
  const yaml = (iters: number) => `steps:
  whole: { fuse: tuned, model: ${model}, out: whole }
  tuned: { train: rows, model: ${model}, out: tuned, settings: { train: { ${TRAIN.replace("iters: 4", `iters: ${iters}`)} } } }
`;
  using project = new TempProject({ "mdp.yaml": yaml(4) });
  writeRows(project.path("rows"));
  const first = await run(project);
  expect(first.steps.map(({ name, outcome }) => [name, outcome])).toEqual([
    ["tuned", "done"],
    ["whole", "done"],
  ]);
  expect(Object.values(outcomes(await run(project)))).toEqual(["up-to-date", "up-to-date"]);
  const weights = () => Bun.hash(readFileSync(project.path("whole/model.safetensors")));
  const before = weights();
  project.write("mdp.yaml", yaml(6));
  const [, whole] = (await run(project)).steps;
  expect(whole).toMatchObject({ outcome: "done", reasons: ["changed: adapter", "changed: adapter's settings"] });
  expect(weights()).not.toBe(before);
});

test("a tokenizer is trained before the shards that are cut by it, again for other texts", async () => {
  using project = new TempProject({
    "mdp.yaml": `steps:
  cut: { shard: docs, out: made/cut, settings: { shard: { tokenizer: made/tok }, curate: { preset: none } } }
  tok: { tokenizer: docs, out: made/tok, settings: { tokenizer: { vocabSize: 300 } } }
`,
    "docs/a.txt": "Some plain words, and some plain words again, of which there are enough to be kept.\n",
    "docs/b.txt": "Other words stand here, and none of them is the same as in the first of the files.\n",
  });
  const first = await run(project);
  expect(first.steps.map(({ name, outcome }) => [name, outcome])).toEqual([
    ["tok", "done"],
    ["cut", "done"],
  ]);
  expect(first.steps[0]!.report).toMatchObject({ texts: 2, rejects: 0 });
  expect(Object.values(outcomes(await run(project)))).toEqual(["up-to-date", "up-to-date"]);
  utimesSync(project.path("docs/a.txt"), 1e9, 1e9);
  expect(outcomes(await run(project))).toMatchObject({ tok: "up-to-date" });
  project.write("docs/c.txt", "Words of a third file, which was not there before, and is there from now on.\n");
  expect(reasons(await run(project))).toMatchObject({ tok: ["changed: inputs"] });
});

test.each([
  ["fuse: adapter, model: m", "config.json"],
  ["tokenizer: docs", "tokenizer.json"],
])("a step that was never done writes over no folder that is there: { %s }", async (verb, file) => {
  using project = new TempProject({
    "mdp.yaml": `steps:\n  one: { ${verb.replace("model: m", `model: ${model}`)}, out: mine }\n`,
  });
  project.write("docs/a.txt", "text");
  project.write(`mine/${file}`, "{}");
  for (const flags of [[], ["--dry-run"], []]) {
    const refused = await project.run("run", ...flags);
    expect(refused).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`this step did not make it: it holds ${file}`),
    });
  }
});
