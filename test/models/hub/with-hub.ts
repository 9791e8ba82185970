/** A hub, an empty cache and `getModel` between them, anew for each test. */
import { afterEach, beforeEach } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type GetReport, type GetRequest, getModel } from "../../../src/models/hub/get.ts";
import { requireModelId } from "../../../src/models/hub/names.ts";
import { FakeHub, hashOf, noise, text } from "./fake-hub.ts";

export const weights = noise(300_000);
export const config = text('{"model_type":"llama"}');
const files = () => ({
  "config.json": { content: config },
  "model.safetensors": { content: weights, large: true },
  "1_Pooling/config.json": { content: text("{}") },
  "photo.png": { content: noise(10) },
});

export let cacheDir: string;
export let hub: FakeHub;

/** Call it once at the top of a test file. */
export function eachWithHub(): void {
  beforeEach(() => {
    cacheDir = mkdtempSync(join(tmpdir(), "mdp-hub-"));
    hub = new FakeHub(files());
  });
  afterEach(async () => {
    await hub[Symbol.asyncDispose]();
    rmSync(cacheDir, { recursive: true });
  });
}

export function get(options: Partial<GetRequest> & { model?: string } = {}): Promise<GetReport> {
  return getModel({
    id: requireModelId(options.model ?? "org/name"),
    endpoint: hub.endpoint,
    cacheDir,
    offline: false,
    token: undefined,
    include: ["*.json", "model*.safetensors"],
    exclude: [],
    signal: new AbortController().signal,
    backoffMs: 1,
    answerMs: 60_000,
    idleMs: 60_000,
    ...options,
  });
}

export const inModel = (...path: string[]) => join(cacheDir, "models--org--name", ...path);
export const blob = (name: keyof ReturnType<typeof files>) => inModel("blobs", hashOf(files()[name]));

/** The code, the message and the hint of a failure in one text. */
export async function failure(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => undefined,
    (reason) => reason,
  );
  return error === undefined ? "no failure" : `${error.code}: ${error.message} | ${error.hint}`;
}
