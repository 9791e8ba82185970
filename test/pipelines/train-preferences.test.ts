/** Goal: preferences are learned against the reference that was asked for, and it is said which one that is. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { loadSettings } from "../../src/config/load.ts";
import { type TrainPreferencesRequest, trainPreferences } from "../../src/pipelines/train-preferences.ts";
import { readMetrics } from "../../src/train/metrics.ts";
import { PreferenceSettings } from "../../src/train/preferences/config.ts";
import { expectNoLeaksAsync } from "../support/leaks.ts";
import { tinyModel } from "../support/tiny-models.ts";
import { TempFolder } from "../support/train-runs.ts";

const folder = new TempFolder();
const at = (...names: string[]) => join(folder.path, ...names);
const row = (i: number) =>
  JSON.stringify({ prompt: `fox ${i}?`, chosen: `quick fox ${i}`, rejected: `lazy dog ${i % 3}` });
const rows = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => row(from + i)).join("\n");
/** Preferences of the tests, compared with an adapter. */
const against = (referenceAdapter: string): Partial<TrainPreferencesRequest> => ({
  preferences: v.parse(PreferenceSettings, { beta: 0.5, referenceAdapter }),
});
let model: string;
let learned: Awaited<ReturnType<typeof run>>;

async function run(
  adapterPath: string,
  settings: Readonly<Record<string, unknown>>,
  more: Partial<TrainPreferencesRequest> = {},
) {
  const own = { batchSize: 4, numLayers: -1, learningRate: 2e-3, adapterPath: at(adapterPath), ...settings };
  const flags = new Map(Object.entries(own).map(([key, value]) => [`train.${key}`, { value, from: "the test" }]));
  const loaded = await loadSettings({ projectDir: null, flags, env: {} });
  const notes: string[] = [];
  const report = await trainPreferences({
    model,
    data: folder.path,
    settings: loaded.settings.train,
    preferences: v.parse(PreferenceSettings, { beta: 0.5 }),
    resume: false,
    signal: new AbortController().signal,
    onNote: (note) => void notes.push(note),
    ...more,
  });
  const [first] = readMetrics(at(adapterPath, "metrics.jsonl"));
  return { first: first!.loss, scores: report.scores!, notes: notes.join("\n") };
}

beforeAll(async () => {
  model = await tinyModel("llama");
  writeFileSync(at("train.jsonl"), rows(0, 24));
  writeFileSync(at("valid.jsonl"), rows(24, 32));
  learned = await run("learned", { iters: 8 });
});
afterAll(() => folder[Symbol.dispose]());

describe("the reference", () => {
  const goOn = { iters: 0, resumeAdapterFile: at("learned/adapters.safetensors") };

  test("is the model without adapters, also where training begins with one, and then a note says so", async () => {
    expect(learned.first).toBeCloseTo(Math.LN2, 5);
    expect(learned.notes).not.toContain("reference");
    const { first, scores, notes } = await run("on", goOn);
    expect(first).toBeCloseTo(learned.scores.loss, 5);
    expect(scores.margin).toBeGreaterThan(0.2);
    expect(notes).toContain("The reference is the model without adapters, not with adapters.safetensors");
  });

  test("is the model with an adapter of its own where one is named", async () => {
    const { first, scores, notes } = await run("same", goOn, against(at("learned")));
    expect(first).toBeCloseTo(Math.LN2, 5);
    expect(scores.margin).toBeCloseTo(0, 5);
    expect(notes).not.toContain("reference");
  });

  test("may have an adapter of another method than the one that is trained", async () => {
    const { first, scores } = await run("full", { iters: 0, fineTuneType: "full" }, against(at("learned")));
    // The plain model seen from the trained one: each margin is the other's, turned round.
    expect(scores.margin).toBeCloseTo(-learned.scores.margin, 4);
    expect(first - learned.scores.loss).toBeCloseTo(learned.scores.margin, 4);
  });

  test("does not move while all weights are trained, and is freed at the end", async () => {
    await expectNoLeaksAsync(async () => {
      const settings = { iters: 8, fineTuneType: "full", learningRate: 5e-4 };
      const { scores } = await run("moved", settings, against(at("learned")));
      expect(scores.margin).toBeGreaterThan(-learned.scores.margin);
    });
  });

  test("cannot be changed on the way", async () => {
    await run("stays", { iters: 1 });
    const changed = run("stays", { iters: 2 }, { resume: true, ...against(at("learned")) });
    await expect(changed).rejects.toThrow(/made with referenceAdapter null, now it is ".*learned"/);
  });
});
