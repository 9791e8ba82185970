/** Every preset is a part of the settings, and its steps exist. */
import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { loadSettings } from "../../src/config/load.ts";
import { presets } from "../../src/config/presets/index.ts";
import type { Document } from "../../src/core/document.ts";
import { openChain } from "../../src/curate/chain.ts";
import { presetNames } from "../../src/curate/config.ts";

const load = (preset: string, more: [string, unknown][] = []) =>
  loadSettings({
    projectDir: null,
    env: {},
    flags: new Map(
      [["curate.preset", preset] as [string, unknown], ...more].map(([k, value]) => [k, { value, from: "test" }]),
    ),
  });

describe.each(Object.keys(presets))("the preset %s", (name) => {
  test("fits the schema, and names steps that exist", async () => {
    const { settings, origins } = await load(name);
    const chain = await openChain(settings.curate);
    const { curate = {} } = presets[name as keyof typeof presets];
    for (const step of [...(curate.modifiers ?? []), ...(curate.filters ?? [])]) {
      expect(chain.counts.map((counts) => counts.name)).toContain(step);
    }
    for (const [key, value] of Object.entries(curate)) {
      expect((settings.curate as Record<string, unknown>)[key]).toEqual(value);
      expect(origins.get(`curate.${key}`)).toBe(`preset ${name}`);
    }
  });
});

test("presets are the names that the setting allows, but for the one that is reserved", () => {
  expect([...Object.keys(presets), "multimodal"].sort()).toEqual([...presetNames].sort());
});

test("what is given beside a preset wins over it", async () => {
  const { settings, origins } = await load("fineweb", [["curate.pii", "off"]]);
  expect([settings.curate.pii, origins.get("curate.pii")]).toEqual(["off", "test"]);
});

test("FineWeb's filters come in the order of its published pipeline", async () => {
  const { settings } = await load("fineweb", [["curate.urlBlocklist", "fixtures/curate/url-blocklist.txt"]]);
  const chain = await openChain(settings.curate);
  expect(chain.counts.map(({ name }) => name)).toEqual([
    "url",
    "language",
    "gopher-repetition@datatrove",
    "gopher-quality@datatrove",
    "c4-quality@fineweb",
    "fineweb-quality@datatrove",
  ]);
});

test.each(Object.keys(presets))("the preset %s takes plain English for English", async (name) => {
  const { settings } = await load(name);
  const filters = settings.curate.filters.filter((filter) => filter === "language");
  const chain = await openChain({ ...settings.curate, filters });
  const text = readFileSync("fixtures/documents/overview.md", "utf8");
  expect(chain.apply({ document: { uri: "a" } as Document, text, scores: {}, tags: {} })).toBeUndefined();
});
