/** Goal: what the hub refuses, or says wrongly, ends in an error that tells what to do, and leaves nothing behind. */
import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync } from "node:fs";
import { COMMIT, contents, hashOf, noise, refusal, text } from "./fake-hub.ts";
import { blob, cacheDir, config, eachWithHub, failure, get, hub, inModel, weights } from "./with-hub.ts";

eachWithHub();

describe("contents that the hub did not promise", () => {
  test("never get a name: another hash is loaded once more, then an error", async () => {
    const wrong = noise(weights.length, 99);
    hub.behaviour = ({ host, range }) => (host === "storage" ? contents(wrong, range) : undefined);
    expect(await failure(get())).toMatch(/^hub-corrupt: model.safetensors does not have the hash/);
    expect(hub.requests.filter(({ host }) => host === "storage").length).toBe(2);
    expect(
      readdirSync(inModel("blobs")).some((name) => name.startsWith(hashOf({ content: weights, large: true }))),
    ).toBe(false);
  });

  test("are refused when the hub's tag is another", async () => {
    hub.behaviour = ({ host, path }) =>
      host === "hub" && path.endsWith("model.safetensors")
        ? new Response(null, {
            status: 302,
            headers: { location: `${hub.storage}/storage/model.safetensors`, "x-linked-etag": `"${"a".repeat(64)}"` },
          })
        : undefined;
    expect(await failure(get())).toMatch(/^hub-corrupt: .*other contents of model.safetensors \(aaaa/);
    expect(existsSync(blob("model.safetensors"))).toBe(false);
  });

  test("are noticed in small files, by their git hash", async () => {
    hub.behaviour = ({ path, range }) =>
      path.endsWith(`name/resolve/${COMMIT}/config.json`)
        ? contents(text("x".repeat(config.length)), range)
        : undefined;
    expect(await failure(get())).toMatch(/^hub-corrupt: config.json does not have the hash/);
  });

  test("that are too long end in an error", async () => {
    hub.behaviour = ({ host }) => (host === "storage" ? contents(noise(400_000), null) : undefined);
    expect(await failure(get())).toMatch(/^hub-unreachable: .*sends more than the 300000 bytes/);
  });

  test("in another part than asked for end in an error", async () => {
    const answer = () =>
      new Response(weights.subarray(5), { status: 206, headers: { "content-range": "bytes 5-299999/300000" } });
    hub.behaviour = ({ host }) => (host === "storage" ? answer() : undefined);
    expect(await failure(get())).toMatch(/^hub-unreachable: .*another part of model.safetensors/);
  });
});

describe("a refusal", () => {
  const refuse = (response: () => Response) => {
    hub.behaviour = () => response();
    return failure(get());
  };

  test("says whether the name, the revision, the token or the owner's consent is missing", async () => {
    expect(await failure(get({ model: "org/other" }))).toMatch(
      /^hub-not-found: the model org\/other is not on the hub.*HTTP 401.*set HF_TOKEN/,
    );
    expect(await failure(get({ model: "org/other", token: "t" }))).toMatch(/token in HF_TOKEN is valid/);
    expect(await failure(get({ model: "org/name@none" }))).toMatch(
      /^hub-not-found: .*org\/name at none has no such revision.*--revision/,
    );
    const gated = () => refusal(403, "GatedRepo", "Access is restricted");
    expect(await refuse(gated)).toMatch(/^hub-forbidden: .*owner admits: Access is restricted.*accept its conditions/);
    hub.behaviour = gated;
    const page = `${hub.endpoint}/org/name`;
    expect(await failure(get())).toContain(
      `accept its conditions on ${page}, make a token at ${hub.endpoint}/settings/tokens, and set HF_TOKEN to it`,
    );
    expect(await failure(get({ token: "t" }))).toContain(`accept the conditions on ${page} with the token's account`);
    hub.behaviour = () => refusal(401, "", "Invalid credentials in Authorization header");
    expect(await failure(get({ token: "old" }))).toMatch(
      /^hub-forbidden: the hub does not accept the token: Invalid credentials.*\/settings\/tokens/,
    );
    expect(await refuse(() => refusal(404, "", "x"))).toMatch(/^hub-not-found: .*HTTP 404/);
    expect(await refuse(() => new Response("no", { status: 400 }))).toMatch(/^hub-answer: .*HTTP 400: no/);
    expect(hub.requests.length).toBe(10 - 1);
    expect(existsSync(cacheDir) && readdirSync(cacheDir)).toEqual([]);
  });

  test("of one gated file ends the run with that file's name", async () => {
    hub.behaviour = ({ path, host }) =>
      host === "hub" && path.endsWith("model.safetensors") ? refusal(403, "GatedRepo", "ask") : undefined;
    expect(await failure(get({ token: "t" }))).toMatch(
      /^hub-forbidden: model.safetensors .*accept the conditions on http:.*\/org\/name/,
    );
  });

  test("by redirects in a circle, or to what is no address, is an error", async () => {
    hub.behaviour = ({ path }) => new Response(null, { status: 302, headers: { location: path } });
    expect(await failure(get())).toMatch(/^hub-answer: .*in circles/);
    for (const location of ["file:///etc/passwd", "http://"]) {
      hub.behaviour = () => new Response(null, { status: 302, headers: { location } });
      expect(await failure(get())).toMatch(/^hub-answer: .*address that cannot be used/);
    }
  });

  /** Says something, and then neither more nor that this was all. */
  const unending = (status: number, text: string) => () =>
    new Response(new ReadableStream({ start: (control) => control.enqueue(new TextEncoder().encode(text)) }), {
      status,
    });

  test("and a listing that never end are cut", async () => {
    hub.behaviour = unending(200, '{"sha":');
    expect(await failure(get({ idleMs: 20 }))).toMatch(/^hub-unreachable: .*after 6 attempts: no data for 0.02 s/);
    hub.behaviour = unending(400, "because");
    expect(await failure(get({ idleMs: 20 }))).toMatch(/^hub-answer: the hub refuses .* HTTP 400/);
    const flood = () =>
      new Response(new ReadableStream({ pull: (control) => control.enqueue(new Uint8Array(65_536).fill(120)) }), {
        status: 400,
      });
    hub.behaviour = flood;
    expect(await failure(get())).toMatch(/^hub-answer: the hub refuses .* HTTP 400: x{300} /);
  });

  test("to answer at all is an error after some attempts", async () => {
    hub.behaviour = () => new Promise<Response>(() => {});
    expect(await failure(get({ answerMs: 20 }))).toMatch(/^hub-unreachable: .*after 6 attempts: no answer for 0.02 s/);
  });

  test("of the connection is an error after some attempts", async () => {
    expect(await failure(get({ endpoint: "http://127.0.0.1:1" }))).toMatch(/^hub-unreachable: .*after 6 attempts/);
  });
});

describe("a listing", () => {
  const listing = (siblings: unknown, sha: unknown = COMMIT) => {
    hub.behaviour = () => Response.json({ sha, siblings });
    return failure(get());
  };
  const file = (rfilename: string, more: object = {}) => ({ rfilename, size: 2, blobId: "b".repeat(40), ...more });

  test.each([
    "../../x.json",
    "/etc/x.json",
    "a//b.json",
    "./x.json",
    "a/../../x.json",
    "..\\x.json",
    "c:x.json",
    "a\0.json",
    `${"n".repeat(300)}.json`,
  ])("that names %j writes nothing", async (name) => {
    expect(await listing([file(name)])).toMatch(/^hub-unsafe-name: /);
    expect(readdirSync(cacheDir)).toEqual([]);
  });

  test("that contradicts itself or makes no sense is an error", async () => {
    expect(await listing([file("a.json"), file("a.json")])).toMatch(/^hub-unsafe-name: .*twice/);
    expect(await listing([file("a.json"), file("a.json/b.json")])).toMatch(/^hub-unsafe-name: .*a\.json/);
    expect(await listing([file("a.json")], "../../..")).toMatch(/^hub-answer: .*sha: is not a commit/);
    expect(await listing([file("a.json", { blobId: "../x" })])).toMatch(/^hub-answer: .*blobId/);
    expect(await listing([file("a.json", { size: -1 })])).toMatch(/^hub-answer: .*size/);
    expect(await listing([file("a.json", { size: 1e300 })])).toMatch(/^hub-answer: .*size/);
    expect(await listing([{ rfilename: "a.json" }])).toMatch(/^hub-answer: .*does not tell the size and hash/);
    expect(await listing("x")).toMatch(/^hub-answer: .*siblings/);
    expect(await listing([file("a.png")])).toMatch(/^hub-not-found: .*no file that was asked for/);
    hub.behaviour = () => new Response("<html>");
    expect(await failure(get())).toMatch(/^hub-answer: .*makes no sense/);
  });

  test("of more than the disk holds is an error that names both numbers, before anything is loaded", async () => {
    expect(await listing([file("a.json", { size: 2 ** 52 })])).toMatch(
      /^disk-full: 4503599627370496 bytes .*room for \d+.*HF_HUB_CACHE/,
    );
    expect(hub.requests.length).toBe(1);
  });
});
