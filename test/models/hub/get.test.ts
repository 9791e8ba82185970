/** Goal: what `getModel` leaves in the cache is what the hub promised, whatever the network does in between. */
import { describe, expect, test } from "bun:test";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import type { GetProgress } from "../../../src/models/hub/get.ts";
import { COMMIT, contents, cuttingServer, hashOf, noise, type Seen, text } from "./fake-hub.ts";
import { blob, config, eachWithHub, failure, get, hub, inModel, weights } from "./with-hub.ts";

eachWithHub();

describe("a model of the hub", () => {
  test("lies in the cache as blobs, links and a ref", async () => {
    const progress: GetProgress[] = [];
    const report = await get({ onProgress: (now) => progress.push(now) });
    const bytes = weights.length + config.length + 2;
    expect(report).toEqual({
      model: "org/name",
      commit: COMMIT,
      dir: inModel("snapshots", COMMIT),
      files: 3,
      bytes,
      downloaded: bytes,
      offline: false,
    });
    expect(readFileSync(join(report.dir, "model.safetensors")).equals(weights)).toBe(true);
    expect(readlinkSync(join(report.dir, "config.json"))).toBe(`../../blobs/${hashOf({ content: config })}`);
    expect(readlinkSync(join(report.dir, "1_Pooling/config.json"))).toStartWith("../../../blobs/");
    expect(readFileSync(inModel("refs", "main"), "utf8")).toBe(COMMIT);
    expect(existsSync(join(report.dir, "photo.png"))).toBe(false);
    expect(readdirSync(inModel("blobs")).filter((name) => name.endsWith(".incomplete"))).toEqual([]);
    expect(progress[0]).toEqual({ bytes: 0, total: bytes, files: 3 });
    expect(progress.at(-1)).toEqual({ bytes, total: bytes, files: 3 });
  });

  test("is not loaded a second time", async () => {
    await get();
    hub.requests.length = 0;
    expect((await get()).downloaded).toBe(0);
    expect(hub.requests.map(({ path }) => path)).toEqual(["/api/models/org/name/revision/main"]);
  });

  test("shares blobs between commits, and leaves the old commit in place", async () => {
    await get({ model: "org/name@v1.0" });
    hub.commit = "f".repeat(40);
    hub.files["config.json"] = { content: text("{}") };
    const report = await get();
    expect(report.downloaded).toBe(0);
    expect(readFileSync(inModel("refs", "v1.0"), "utf8")).toBe(COMMIT);
    expect(readFileSync(inModel("refs", "main"), "utf8")).toBe(hub.commit);
    expect(readFileSync(inModel("snapshots", COMMIT, "config.json")).equals(config)).toBe(true);
    expect(readFileSync(join(report.dir, "config.json"), "utf8")).toBe("{}");
  });

  test("may be asked for by a branch with a slash, or by a commit, which gets no ref", async () => {
    await get({ model: "org/name@pr/7" });
    expect(readFileSync(inModel("refs", "pr/7"), "utf8")).toBe(COMMIT);
    await get({ model: `org/name@${COMMIT}` });
    expect(readdirSync(inModel("refs"))).toEqual(["pr"]);
  });

  test("leaves out what is excluded", async () => {
    const { dir } = await get({ exclude: ["1_Pooling/"] });
    expect(readdirSync(dir).sort()).toEqual(["config.json", "model.safetensors"]);
  });
});

describe("the token", () => {
  test("goes to the hub and never to the host of large files", async () => {
    await get({ token: "hf_secret" });
    const by = (host: string) =>
      new Set(hub.requests.filter((seen) => seen.host === host).map((seen) => seen.authorization));
    expect(by("hub")).toEqual(new Set(["Bearer hf_secret"]));
    expect(by("storage")).toEqual(new Set([null]));
  });
});

/** Waits until so many bytes of the weights are in the cache. */
async function onDisk(position: number): Promise<void> {
  const path = blob("model.safetensors");
  while (!existsSync(path) && !(existsSync(`${path}.incomplete`) && statSync(`${path}.incomplete`).size >= position)) {
    await Bun.sleep(1);
  }
}

describe("a download", () => {
  test("goes on at the byte where an earlier run ended", async () => {
    mkdirSync(inModel("blobs"), { recursive: true });
    writeFileSync(`${blob("model.safetensors")}.incomplete`, weights.subarray(0, 100_000));
    const report = await get();
    expect(report.downloaded).toBe(report.bytes - 100_000);
    expect(hub.downloads("model.safetensors").map(({ range }) => range)).toEqual(["bytes=100000-", "bytes=100000-"]);
    expect(readFileSync(blob("model.safetensors")).equals(weights)).toBe(true);
  });

  test("starts anew when what an earlier run left is wrong, too long, or all there is", async () => {
    mkdirSync(inModel("blobs"), { recursive: true });
    for (const left of [noise(100_000, 7), noise(400_000), weights]) {
      rmSync(blob("model.safetensors"), { force: true });
      writeFileSync(`${blob("model.safetensors")}.incomplete`, left);
      await get();
      expect(readFileSync(blob("model.safetensors")).equals(weights)).toBe(true);
    }
  });

  test("starts anew when the server knows no ranges", async () => {
    mkdirSync(inModel("blobs"), { recursive: true });
    writeFileSync(`${blob("model.safetensors")}.incomplete`, weights.subarray(0, 100_000));
    hub.behaviour = ({ host }) => (host === "storage" ? contents(weights, null) : undefined);
    await get();
    expect(readFileSync(blob("model.safetensors")).equals(weights)).toBe(true);
  });

  test("survives a connection that is cut again and again, and asks for the rest each time", async () => {
    const server = cuttingServer(weights, 40_000, onDisk);
    hub.behaviour = ({ path, host }) =>
      host === "hub" && path.endsWith("model.safetensors") ? Response.redirect(`${server.url}/x`, 302) : undefined;
    await get();
    server.stop();
    expect(readFileSync(blob("model.safetensors")).equals(weights)).toBe(true);
    expect(hub.downloads("model.safetensors").map(({ range }) => range)).toEqual(
      [null, 40_000, 80_000, 120_000, 160_000, 200_000, 240_000, 280_000].map((at) =>
        at === null ? null : `bytes=${at}-`,
      ),
    );
  });

  test("gives up, and keeps what it has, when no attempt gets further", async () => {
    const server = cuttingServer(weights.subarray(0, 50_000), 50_000, async () => {});
    hub.behaviour = ({ path, host }) =>
      host === "hub" && path.endsWith("model.safetensors") ? Response.redirect(`${server.url}/x`, 302) : undefined;
    expect(await failure(get())).toMatch(
      /^hub-unreachable: model.safetensors could not be had .* after 6 attempts.*run the same/,
    );
    server.stop();
    expect(readFileSync(`${blob("model.safetensors")}.incomplete`).equals(weights.subarray(0, 50_000))).toBe(true);
    expect(existsSync(inModel("refs", "main"))).toBe(false);
  });

  test("that falls silent is cut and taken up again", async () => {
    let silent = true;
    hub.behaviour = ({ host, range }) => {
      if (host !== "storage" || !silent) return undefined;
      silent = false;
      expect(range).toBeNull();
      const start = async function* () {
        yield weights.subarray(0, 70_000);
        await new Promise(() => {});
      };
      return new Response(start as unknown as ReadableStream);
    };
    await get({ idleMs: 300 });
    expect(readFileSync(blob("model.safetensors")).equals(weights)).toBe(true);
  });

  test("waits as long as a busy server asks, and tries again", async () => {
    const answers = [429, 503, 500];
    const times: number[] = [];
    hub.behaviour = ({ path }) => {
      if (!path.endsWith("/config.json") || path.includes("Pooling")) return undefined;
      times.push(performance.now());
      const status = answers.shift();
      return status === undefined
        ? undefined
        : new Response("busy", { status, headers: status === 429 ? { "retry-after": "0.2" } : {} });
    };
    await get();
    expect(times.length).toBe(4);
    expect(times[1]! - times[0]!).toBeGreaterThanOrEqual(199);
  });

  test("does not wait an hour", async () => {
    hub.behaviour = () => new Response("", { status: 429, headers: { "retry-after": "3600" } });
    expect(await failure(get())).toMatch(/^hub-unreachable: .*asks to wait 3600 s: HTTP 429/);
    expect(hub.requests.length).toBe(1);
  });

  test("that is interrupted stops, keeps its part, and goes on later", async () => {
    const stop = new AbortController();
    hub.behaviour = ({ host }) => {
      if (host !== "storage") return undefined;
      const start = async function* () {
        yield weights.subarray(0, 90_000);
        await onDisk(90_000);
        stop.abort(new Error("stopped"));
        await Bun.sleep(5000);
      };
      return new Response(start as unknown as ReadableStream);
    };
    expect(await failure(get({ signal: stop.signal }))).toContain("stopped");
    hub.behaviour = () => undefined;
    hub.requests.length = 0;
    await get();
    expect(hub.downloads("model.safetensors").at(-1)?.range).toBe("bytes=90000-");
    expect(readFileSync(blob("model.safetensors")).equals(weights)).toBe(true);
  });
});

describe("two at once", () => {
  test("load every file once, one after the other", async () => {
    const gate = Promise.withResolvers<void>();
    hub.behaviour = async (seen: Seen) => {
      if (seen.host === "storage") await gate.promise;
      return undefined as unknown as Response;
    };
    const first = get();
    const waiting = Promise.withResolvers<void>();
    while (!hub.requests.some(({ host }) => host === "storage")) await Bun.sleep(5);
    const second = get({ onWait: waiting.resolve });
    await waiting.promise;
    gate.resolve();
    const reports = await Promise.all([first, second]);
    expect(reports.map(({ downloaded }) => downloaded)).toEqual([reports[0]!.bytes, 0]);
    expect(hub.requests.filter(({ host }) => host === "storage").length).toBe(1);
  });
});

describe("without a network", () => {
  test("the cache answers, or the error says which variable forbids to ask", async () => {
    expect(await failure(get({ offline: true }))).toMatch(
      /^hub-offline: org\/name is not in the cache.*HF_HUB_OFFLINE/,
    );
    const { dir, bytes } = await get();
    hub.requests.length = 0;
    expect(await get({ offline: true })).toMatchObject({ dir, bytes, files: 3, downloaded: 0, offline: true });
    expect(hub.requests).toEqual([]);
    expect(await failure(get({ offline: true, model: "org/name@v1.0" }))).toMatch(/^hub-offline: org\/name at v1.0/);
  });
});
