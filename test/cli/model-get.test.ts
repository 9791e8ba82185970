/** Goal: `mdp model get` and what it makes possible: `--model org/name`, lists, removal; Python sees the same cache. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { COMMIT, FakeHub, noise, text } from "../models/hub/fake-hub.ts";
import { mdp, TempProject } from "../support/project.ts";

const weights = noise(100_000);
let hub: FakeHub;
let home: TempProject;
beforeAll(() => {
  home = new TempProject();
  hub = new FakeHub({
    "config.json": { content: text('{"model_type":"llama"}') },
    "model.safetensors": { content: weights, large: true },
    "README.md": { content: text("words") },
  });
});
afterAll(async () => {
  home[Symbol.dispose]();
  await hub[Symbol.asyncDispose]();
});

const run = (...args: string[]) =>
  mdp(["model", ...args], {
    env: { HF_ENDPOINT: hub.endpoint, HF_HOME: home.dir, HF_HUB_CACHE: "", HF_TOKEN: "", HF_HUB_OFFLINE: "" },
  });

describe("mdp model get", () => {
  test("prints the folder, which --model then finds by the model's id", async () => {
    const missing = await run("path", "org/name");
    expect({ code: missing.code, said: missing.stderr }).toMatchObject({ code: 1 });
    expect(missing.stderr).toContain("mdp model get org/name");
    const { code, stdout, stderr } = await run("get", "org/name");
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: `${home.path(`hub/models--org--name/snapshots/${COMMIT}`)}\n`,
    });
    expect(stderr).toContain(`2 files, 100 kB, 100 kB loaded; commit ${COMMIT}`);
    expect(readFileSync(join(stdout.trimEnd(), "model.safetensors")).equals(weights)).toBe(true);
    expect((await run("path", "org/name")).stdout).toBe(stdout);
    expect((await run("path", `org/name@${COMMIT}`)).stdout).toBe(stdout);
  });

  test("takes other files by globs, and reports in JSON", async () => {
    const { stdout } = await run("get", "org/name@v1.0", "--include", "*.md, *.json", "--exclude", "config*", "--json");
    expect(JSON.parse(stdout)).toMatchObject({ model: "org/name", commit: COMMIT, files: 1, bytes: 5, downloaded: 5 });
  });

  test("ends with 2 for what is no id, and with 1 for what the hub refuses", async () => {
    const wrong = await run("get", "../../etc");
    expect({ code: wrong.code, said: wrong.stderr }).toMatchObject({ code: 2 });
    const twice = await run("get", "org/name@a", "--revision", "b");
    expect(twice.code).toBe(2);
    const unknown = await run("get", "org/unknown", "--json");
    expect(unknown.code).toBe(1);
    expect(JSON.parse(unknown.stdout || unknown.stderr)).toMatchObject({ error: { code: "hub-not-found" } });
    expect(existsSync(home.path("hub/models--org--unknown"))).toBe(false);
  });
});
