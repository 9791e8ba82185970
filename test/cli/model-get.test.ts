/** Goal: `mdp model get` and what it makes possible: `--model org/name`, lists, removal; Python sees the same cache. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { ListedModel } from "../../src/pipelines/model-list.ts";
import { COMMIT, FakeHub, noise, text } from "../models/hub/fake-hub.ts";
import { python } from "../support/peers.ts";
import { mdp, mdpCommand, TempProject } from "../support/project.ts";
import { mdpOnTty } from "./tty.ts";

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

describe("on a terminal", () => {
  const env = () => ({ HF_ENDPOINT: hub.endpoint, HF_HUB_CACHE: home.path("tty"), HF_TOKEN: "", HF_HUB_OFFLINE: "" });

  test("get shows how many bytes are here, and leaves the line clean", async () => {
    const { code, screen } = await mdpOnTty(["model", "get", "org/name"], { cwd: home.dir, env: env(), columns: 200 });
    expect(code).toBe(0);
    expect(screen).toContain("0 B of 100 kB");
    expect(Bun.stripANSI(screen)).toEndWith(`snapshots/${COMMIT}\n`);
  });

  test("remove asks, and deletes only for a yes", async () => {
    const answering = async (answer: string) => {
      let screen = "";
      let answered = false;
      const child = Bun.spawn(mdpCommand(["model", "remove", "org/name"]), {
        env: { ...process.env, ...env() },
        terminal: {
          data: (terminal, bytes) => {
            screen += new TextDecoder().decode(bytes);
            if (answered || !screen.includes("[y/N]")) return;
            answered = true;
            terminal.write(`${answer}\n`);
          },
        },
      });
      const code = await child.exited;
      child.terminal?.close();
      return { code, screen };
    };
    const folder = home.path("tty/models--org--name");
    expect(await answering("")).toMatchObject({ code: 0, screen: expect.stringContaining("nothing was deleted") });
    expect(existsSync(folder)).toBe(true);
    expect(await answering("y")).toMatchObject({ code: 0, screen: expect.stringContaining("deleted org/name") });
    expect(existsSync(folder)).toBe(false);
  });
});

describe("the cache", () => {
  test("is what huggingface_hub reads, without a warning", async () => {
    const [line] = await python("test/parity/hub_layout.py", ["scan", home.path("hub"), "org/name"], "");
    const snapshot = home.path(`hub/models--org--name/snapshots/${COMMIT}`);
    const bytes = weights.length + 22 + 5;
    expect(JSON.parse(line!)).toEqual({
      warnings: [],
      type: "model",
      bytes,
      revisions: [
        {
          commit: COMMIT,
          refs: ["main", "v1.0"],
          bytes,
          files: [
            ["README.md", 5],
            ["config.json", 22],
            ["model.safetensors", weights.length],
          ],
        },
      ],
      snapshot,
      file: `${snapshot}/config.json`,
      known: `${snapshot}/model.safetensors`,
    });
  });

  test("may be huggingface_hub's own: --model finds it", async () => {
    const commit = "e".repeat(40);
    const files = JSON.stringify({ "config.json": '{"model_type":"llama"}', "sub/vocab.json": "{}" });
    await python("test/parity/hub_layout.py", ["make", home.path("hub"), "org/python", commit], files);
    expect((await run("path", "org/python")).stdout).toBe(
      `${home.path("hub/models--org--python/snapshots")}/${commit}\n`,
    );
  });
});

describe("mdp model list", () => {
  test("shows models of the hub by the name that --model takes", async () => {
    const { models } = JSON.parse((await run("list", "--json")).stdout) as { models: ListedModel[] };
    const found = models.filter(({ place }) => place === home.path("hub"));
    expect(found).toEqual([
      {
        name: "org/name",
        place: home.path("hub"),
        kind: "generating",
        modelType: "llama",
        dimension: null,
        maxTokens: null,
        bits: null,
        bytes: weights.length,
        problem: null,
      },
      expect.objectContaining({ name: "org/python", problem: "it has no weights (model*.safetensors)" }),
    ]);
    expect((await run("list")).stdout).toMatch(/org\/name +llama, generates +100 kB +/);
  });
});

describe("mdp model remove", () => {
  const there = (path: string) => existsSync(home.path(`hub/models--org--name/${path}`));

  test("deletes nothing unless told so", async () => {
    const { code, stderr } = await run("remove", "org/name");
    expect({ code, stderr }).toMatchObject({ code: 2 });
    expect(stderr).toContain("--yes");
    expect(there(`snapshots/${COMMIT}/config.json`)).toBe(true);
    expect((await run("remove", "../hub", "--yes")).code).toBe(1);
    expect((await run("remove", "org/name@v9", "--yes")).code).toBe(1);
  });

  test("of one of two names of a revision takes that name alone", async () => {
    expect((await run("get", "org/name")).code).toBe(0);
    expect((await run("get", "org/name@v1.0")).code).toBe(0);
    const { code, stderr } = await run("remove", "org/name@v1.0", "--yes");
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining("the files stay for main") });
    expect(there("refs/v1.0")).toBe(false);
    expect(there(`snapshots/${COMMIT}/config.json`)).toBe(true);
    expect((await run("get", "org/name@v1.0")).code).toBe(0);
  });

  test("of one revision keeps the blobs of the others; of all leaves nothing", async () => {
    hub.commit = "f".repeat(40);
    hub.files["config.json"] = { content: text('{"model_type":"mistral"}') };
    await run("get", "org/name");
    const { stdout } = await run("remove", "org/name@v1.0", "--yes", "--json");
    // The old configuration and the README; the weights are those of the new commit too.
    expect(JSON.parse(stdout)).toMatchObject({ commits: [COMMIT], freed: 22 + 5 });
    expect(there(`snapshots/${COMMIT}`)).toBe(false);
    expect(there("refs/v1.0")).toBe(false);
    expect(
      readFileSync(home.path(`hub/models--org--name/snapshots/${hub.commit}/model.safetensors`)).equals(weights),
    ).toBe(true);
    const all = await run("remove", "org/name", "--yes");
    expect(all.stderr).toContain("100 kB are free again");
    expect(there("")).toBe(false);
    expect(existsSync(home.path("hub/models--org--python"))).toBe(true);
  });
});
