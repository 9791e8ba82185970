/** Goal: what is wrong with the steps of mdp.yaml is told with its line before anything is done, by each way to ask. */
import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import type { ProjectRunReport } from "../../src/pipelines/project-run.ts";
import { TempProject } from "../support/project.ts";

interface Problem {
  key: string;
  message: string;
  where: string;
  hint: string | null;
}

const step = (text: string) => `steps:\n  one:\n    ${text}\n`;

/** `mdp.yaml:3: what is wrong`, as `config check` has it. */
async function problemsOf(yaml: string): Promise<{ told: string[]; hints: (string | null)[] }> {
  using project = new TempProject({ "mdp.yaml": yaml, "docs/a.md": "# Dogs\n\nDogs bark at night.\n" });
  const asked = [["config", "check", "--json"], ["run", "--dry-run"], ["run"]] as const;
  const [checked, planned, done] = await Promise.all(asked.map((args) => project.run(...args)));
  const { problems } = JSON.parse(checked!.stdout) as { problems: Problem[] };
  expect({ check: checked!.code, plan: planned!.code, run: done!.code }).toEqual({ check: 2, plan: 2, run: 2 });
  for (const { message, where } of problems) {
    for (const { stderr } of [planned!, done!]) {
      expect(stderr).toContain(message);
      expect(stderr).toContain(where);
    }
  }
  expect(existsSync(project.path("made"))).toBe(false);
  return {
    told: problems.map(({ where, message }) => `${where}: ${message}`),
    hints: problems.map(({ hint }) => hint),
  };
}

describe("a mistake in a step:", () => {
  test.each([
    ["nothing to do", step("out: x"), "mdp.yaml:2: steps.one: the step does nothing"],
    [
      "two verbs",
      step("ingest: docs\n    eval: q.jsonl"),
      "mdp.yaml:4: steps.one: the step does several things: ingest, eval",
    ],
    ["no output", step("curate: raw"), "mdp.yaml:2: steps.one: curate needs an output folder"],
    ["no model", step("train-preferences: rows\n    out: x"), "mdp.yaml:2: steps.one: train-preferences needs a model"],
    ["a model", step("shard: docs\n    out: x\n    model: y"), "mdp.yaml:5: steps.one: shard takes no model here"],
    ["an unknown key", step("ingset: docs"), 'mdp.yaml:3: unknown key "steps.one.ingset"'],
    ["an unknown need", step("ingest: docs\n    needs: [two]"), 'mdp.yaml:4: there is no step "two"'],
    ["an unknown engine", step("ingest: docs\n    type: cod"), 'mdp.yaml:4: steps.one.type: there is no engine "cod"'],
    [
      "an unknown source",
      step("ingest: [docs, 'source:mail']"),
      'mdp.yaml:3: steps.one.ingest: there is no source "mail"',
    ],
    [
      "a wrong setting",
      step("ingest: docs\n    settings:\n      ingest:\n        chunkTokens: few"),
      'mdp.yaml:6: ingest.chunkTokens must be a whole number, not "few"',
    ],
    [
      "a wrong section",
      step("ingest: docs\n    settings: { ingst: { chunkTokens: 5 } }"),
      'mdp.yaml:4: unknown section "ingst"',
    ],
    ["a name given twice", "steps: { a: { ingest: x }, a: { ingest: y } }\n", 'mdp.yaml:1: "steps.a" is given twice'],
  ])("%s", async (_, yaml, problem) => {
    expect((await problemsOf(yaml)).told).toEqual([problem]);
  });
});

describe("steps that cannot be ordered:", () => {
  test("needs in a circle, from the step that stands first, and one that needs itself", async () => {
    const found = await problemsOf(`steps:
  c: { ingest: docs, needs: [b] }
  a:
    ingest: docs
    needs: [c]
  b: { ingest: docs, needs: [a] }
  d: { ingest: docs, needs: [d] }
  e: { ingest: docs, needs: [a] }
`);
    expect(found.told).toEqual([
      "mdp.yaml:2: the steps need each other: c → b → a → c",
      "mdp.yaml:7: the step needs itself: d → d",
    ]);
    expect(found.hints[0]).toBe("c needs b; b needs a; a needs c: leave one of them out");
  });

  test("each reads what the other writes, whatever names it", async () => {
    const found = await problemsOf(`steps:
  tuned:
    train: made/shards
    model: made/own
    out: made/tuned
  own: { train-embedder: pairs.jsonl, out: made/own, settings: { trainEmbedder: { validation: made/clean/v.jsonl } } }
  clean:
    curate: [docs]
    out: ./made/clean/
    settings: { curate: { qualityModel: made/shards/q.bin } }
  shards: { shard: made/own/../tuned, out: made/shards }
`);
    expect(found.told).toEqual(["mdp.yaml:4: the steps need each other: tuned → own → clean → shards → tuned"]);
    expect(found.hints[0]).toContain("own reads trainEmbedder.validation made/clean/v.jsonl");
  });

  test("a step that reads its own output", async () => {
    const { told } = await problemsOf(step("curate: [docs, made/clean/part]\n    out: made/clean"));
    expect(told).toEqual(["mdp.yaml:3: the step needs itself: one → one"]);
  });

  test("two that write the same place", async () => {
    const found = await problemsOf(`steps:
  a: { curate: docs, out: made }
  b:
    dedup: docs
    out: ./made/
`);
    expect(found.told).toEqual(["mdp.yaml:5: the steps a and b make the same: ./made/"]);
    expect(found.hints).toEqual(["a does in mdp.yaml:2; name another place"]);
  });
});

test("a model that a step makes is made before what embeds with it", async () => {
  using project = new TempProject({
    "mdp.yaml": `embed: { model: ./made/own }
steps:
  asked: { eval: q.jsonl }
  docs: { ingest: docs }
  own: { train-embedder: pairs.jsonl, out: made/own }
  other: { ingest: docs, settings: { embed: { model: all-MiniLM-L6-v2 } } }
`,
    "docs/a.md": "# Dogs\n\nDogs bark at night.\n",
    "q.jsonl": "",
    "pairs.jsonl": "",
  });
  const { steps } = await project.json<ProjectRunReport>("run", "--dry-run");
  expect(steps.map(({ name }) => name)).toEqual(["own", "docs", "other", "asked"]);
});
