/** Goal: the six commands of docs/training.md lead from files to generated text, as they stand there. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, cpSync, existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { FakeHub } from "../models/hub/fake-hub.ts";
import { mdpCommand, TempProject } from "../support/project.ts";
import { tinyModel } from "../support/tiny-models.ts";

setDefaultTimeout(300_000);

const root = join(import.meta.dir, "../..");
const guide = readFileSync(join(root, "docs/training.md"), "utf8");
const commands = /```bash\n([\s\S]+?)```/.exec(guide)![1]!.trim().split("\n");

let project: TempProject;
let hub: FakeHub;
beforeAll(async () => {
  const model = await tinyModel("llama");
  const files = readdirSync(model).map((name) => {
    const content = new Uint8Array(readFileSync(join(model, name)));
    return [name, { content, large: name.endsWith(".safetensors") }] as const;
  });
  hub = new FakeHub(Object.fromEntries(files));
  const quoted = mdpCommand([]).map((word) => `'${word}'`);
  project = new TempProject({ "bin/mdp": `#!/bin/sh\nexec ${quoted.join(" ")} "$@"\n` });
  chmodSync(project.path("bin/mdp"), 0o755);
  cpSync(join(root, "fixtures/documents"), project.path("notes"), { recursive: true });
});
afterAll(async () => {
  await hub[Symbol.asyncDispose]();
  project[Symbol.dispose]();
});

async function shell(command: string): Promise<{ code: number; stdout: string; stderr: string }> {
  const child = Bun.spawn(["bash", "-c", command], {
    cwd: project.dir,
    env: {
      ...process.env,
      PATH: `${project.path("bin")}:${process.env.PATH}`,
      HF_ENDPOINT: hub.endpoint,
      HF_HOME: project.path("hf"),
      HF_HUB_OFFLINE: "0",
    },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const [stdout, stderr, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  return { code, stdout, stderr };
}

describe("the guide to training", () => {
  test("has six commands, each of mdp", () => {
    expect(commands).toHaveLength(6);
    for (const command of commands) expect(command).toStartWith("mdp ");
  });

  test("leads from files to a quantized model that generates", async () => {
    let last = "";
    for (const command of commands) {
      const run = await shell(command);
      expect([command, run.code, run.code === 0 ? "" : run.stderr]).toEqual([command, 0, ""]);
      last = run.stdout;
    }
    expect(last.length).toBeGreaterThan(10);
    const config = JSON.parse(readFileSync(project.path("tuned-4bit/config.json"), "utf8"));
    expect(config.quantization).toMatchObject({ bits: 4, group_size: 64 });
    const metrics = readFileSync(project.path("adapters/metrics.jsonl"), "utf8").trim().split("\n");
    const losses = metrics.map((line) => JSON.parse(line)).filter(({ kind }) => kind === "val");
    expect(losses.at(-1).loss).toBeLessThan(losses[0].loss - 0.1);
    for (const name of ["adapters.safetensors", "adapter_config.json", "best", "loss.svg"]) {
      expect([name, existsSync(project.path(`adapters/${name}`))]).toEqual([name, true]);
    }
  });
});
