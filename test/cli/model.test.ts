/** `mdp model` on real model folders. */
import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { ListedModel } from "../../src/pipelines/model-list.ts";
import type { ModelDetails } from "../../src/pipelines/models.ts";
import { mdp, TempProject } from "../support/project.ts";

const NAME = "all-MiniLM-L6-v2";

describe("mdp model", () => {
  test("list finds the default model and names a folder that cannot be used", async () => {
    using cache = new TempProject({ "broken/config.json": "{}" });
    const env = { MDP_MODELS: cache.dir, HF_HUB_CACHE: cache.path("hub") };
    const { code, stdout } = await mdp(["model", "list", "--json"], { env });
    expect(code).toBe(0);
    const { models } = JSON.parse(stdout) as { models: ListedModel[] };
    const found = models.find(({ name }) => name === NAME);
    expect(found).toMatchObject({ modelType: "bert", dimension: 384, maxTokens: 256, problem: null });
    expect(found?.bytes).toBeGreaterThan(9e7);
    expect(models.find(({ name }) => name === "broken")?.problem).toBeString();
    const text = await mdp(["model", "list"], { env });
    expect(text.stdout).toMatch(/all-MiniLM-L6-v2 +bert, 384 dimensions, up to 256 tokens +90\.9 MB/);
    expect(text.stdout).toMatch(/broken +cannot be used: /);
  });

  test("inspect tells what makes its vectors", async () => {
    const { stdout } = await mdp(["model", "inspect", NAME, "--json"]);
    const details = JSON.parse(stdout) as ModelDetails;
    expect(details).toMatchObject({ name: NAME, pooling: "mean", normalize: true, dtype: "float32", maxTokens: 256 });
    expect(details.weightsSha256).toBe("53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db");
    expect((await mdp(["model", "inspect", details.dir, "--json"])).stdout).toContain(details.fingerprint);
  });

  test("path is a folder with the model's files", async () => {
    const { code, stdout } = await mdp(["model", "path", NAME]);
    expect(code).toBe(0);
    expect(existsSync(join(stdout.trimEnd(), "config.json"))).toBe(true);
  });

  test("of a name that is not there says where was looked", async () => {
    using cache = new TempProject();
    const { code, stdout, stderr } = await mdp(["model", "inspect", "no-such-model"], {
      env: { MDP_MODELS: cache.dir },
    });
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toContain(cache.path("no-such-model"));
    expect(stderr).toContain("hint:");
  });
});
