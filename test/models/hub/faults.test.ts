/** Goal: `mdp model get` survives what happens to processes: a full disk, kill -9, Ctrl-C, a second one beside it. */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { mdp, mdpCommand, TempProject } from "../../support/project.ts";
import { COMMIT, FakeHub, hashOf, noise, text } from "./fake-hub.ts";

const weights = noise(400_000);
const large = { content: weights, large: true };

let hub: FakeHub;
let home: TempProject;
beforeEach(() => {
  home = new TempProject();
  hub = new FakeHub({ "config.json": { content: text("{}") }, "model.safetensors": large });
});
afterEach(async () => {
  home[Symbol.dispose]();
  await hub[Symbol.asyncDispose]();
});

const env = () => ({
  ...process.env,
  HF_ENDPOINT: hub.endpoint,
  HF_HUB_CACHE: home.dir,
  HF_TOKEN: "",
  HF_HUB_OFFLINE: "",
});
const ARGS = ["model", "get", "org/name", "--json"];
const blob = () => home.path(`models--org--name/blobs/${hashOf(large)}`);
const whole = () => readFileSync(home.path(`models--org--name/snapshots/${COMMIT}/model.safetensors`)).equals(weights);

/** A download that stays half done until told, or for ever. */
function halfDone(): PromiseWithResolvers<void> {
  const gate = Promise.withResolvers<void>();
  hub.behaviour = ({ host, range }) => {
    if (host !== "storage" || range !== null) return undefined;
    const start = async function* () {
      yield weights.subarray(0, 150_000);
      await gate.promise;
      yield weights.subarray(150_000);
    };
    return new Response(start as unknown as ReadableStream);
  };
  return gate;
}

async function untilHalf(): Promise<void> {
  while (!existsSync(`${blob()}.incomplete`) || statSync(`${blob()}.incomplete`).size < 150_000) await Bun.sleep(5);
}

describe("a download", () => {
  test("onto a full disk ends with 1 and a next step, and goes on when there is room", async () => {
    const limited = `trap '' XFSZ; ulimit -f 200; exec "$@"`;
    const child = Bun.spawn(["bash", "-c", limited, "bash", ...mdpCommand(ARGS)], {
      env: env(),
      stdout: "pipe",
      stderr: "pipe",
    });
    const [code, said] = [await child.exited, (await child.stdout.text()) + (await child.stderr.text())];
    expect(code).toBe(1);
    expect(said).toContain("output-unwritable");
    expect(said).toContain("HF_HUB_CACHE");
    expect(existsSync(home.path("models--org--name/refs/main"))).toBe(false);
    const again = await mdp(ARGS, { env: env() });
    expect(again.code).toBe(0);
    expect(hub.downloads("model.safetensors").at(-1)!.range).toBe("bytes=204800-");
    expect(whole()).toBe(true);
  });

  test("that is killed goes on where it was", async () => {
    halfDone();
    const child = Bun.spawn(mdpCommand(ARGS), { env: env(), stdout: "ignore", stderr: "ignore" });
    await untilHalf();
    child.kill("SIGKILL");
    await child.exited;
    expect(existsSync(home.path("models--org--name/snapshots"))).toBe(false);
    hub.requests.length = 0;
    expect((await mdp(ARGS, { env: env() })).code).toBe(0);
    expect(hub.downloads("model.safetensors").at(-1)!.range).toBe("bytes=150000-");
    expect(whole()).toBe(true);
    expect(readdirSync(home.path("models--org--name/blobs")).length).toBe(2);
  });

  test("that is interrupted ends with 130, keeps its part and says so", async () => {
    halfDone();
    const child = Bun.spawn(mdpCommand(ARGS.slice(0, 3)), { env: env(), stdout: "ignore", stderr: "pipe" });
    await untilHalf();
    child.kill("SIGINT");
    expect(await child.exited).toBe(130);
    expect(await child.stderr.text()).toContain("what was loaded is kept");
    expect(statSync(`${blob()}.incomplete`).size).toBe(150_000);
  });

  test("makes a second process wait, and a removal fail", async () => {
    const gate = halfDone();
    const first = mdp(ARGS, { env: env() });
    await untilHalf();
    const second = Bun.spawn(mdpCommand(ARGS.slice(0, 3)), { env: env(), stdout: "pipe", stderr: "pipe" });
    const removal = await mdp(["model", "remove", "org/name", "--yes"], { env: env() });
    expect(removal.code).toBe(1);
    expect(removal.stderr).toContain("mdp model get");
    gate.resolve();
    expect((await first).code).toBe(0);
    expect(await second.exited).toBe(0);
    expect(await second.stderr.text()).toContain("0 B loaded");
    expect(hub.requests.filter(({ host }) => host === "storage").length).toBe(1);
    expect(whole()).toBe(true);
  });
});
