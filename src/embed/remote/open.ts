/** Opens a model at an OpenAI-compatible endpoint: its address, its key, and the length of its vectors. */
import { MdpError, UsageError } from "../../core/errors.ts";
import { sha256 } from "../../core/hash.ts";
import type { Embedder, EmbedderDescription } from "../../core/ports.ts";
import { type ModelSettings, NAMED_BY } from "../config.ts";
import { type Address, addressName, parseAddress } from "./address.ts";
import { failure } from "./ask.ts";
import { Client } from "./client.ts";
import { type Clock, systemClock } from "./clock.ts";
import { RemoteEmbedder } from "./embedder.ts";
import { remember, remembered } from "./remembered.ts";

const INPUT_TOKENS = 8191;
const TIMEOUT_MS = 60_000;

type Environment = Readonly<Record<string, string | undefined>>;

export interface RemoteOptions {
  environment?: Environment;
  clock?: Clock;
}

/**
 * Opens the model at the address that the settings name. The length of its vectors is asked for once, and kept in the
 * user's cache.
 *
 * @throws UsageError for a wrong address or a missing key; MdpError `not-trusted`, `endpoint-…`
 */
export async function openRemoteEmbedder(settings: ModelSettings, options: RemoteOptions = {}): Promise<Embedder> {
  const { environment = process.env, clock = systemClock() } = options;
  const { keyFrom, dim } = settings;
  const address = parseAddress(settings.model);
  const named = settings[NAMED_BY];
  if (named && !named.trusted) throw notTrusted(address, keyFrom, named.place);
  const key = keyFrom === undefined ? undefined : readKey(keyFrom, environment);
  const memory = [addressName(settings.model), dim ?? []].flat().join(" ");
  const before = remembered(memory);
  const client = new Client({
    endpoint: { address, key, keyFrom, timeoutMs: settings.requestTimeoutMs ?? TIMEOUT_MS },
    dimensions: dim,
    learnt: before,
    clock,
    requestsPerMinute: settings.requestsPerMinute,
    tokensPerMinute: settings.tokensPerMinute,
  });
  const learnt = before ?? (await client.check(new AbortController().signal));
  if (dim !== undefined && learnt.dimension !== dim) {
    const message = `the endpoint gave ${learnt.dimension} numbers where ${dim} were asked`;
    const hint = "leave dim out: this model's vectors cannot be shortened there";
    throw failure(client.endpoint, "endpoint-answer", message, hint);
  }
  await remember(memory, learnt);
  const description = describe(address, settings, learnt.dimension);
  return new RemoteEmbedder({ settings, client, description, forget: () => remember(memory, undefined) });
}

/** A server may change its model without a word, so that only what is asked of it can be in the fingerprint. */
function describe({ base, model }: Address, settings: ModelSettings, dimension: number): EmbedderDescription {
  const decisive = {
    modelType: "endpoint",
    url: base,
    model,
    dimension,
    queryPrefix: settings.queryPrefix ?? "",
    documentPrefix: settings.documentPrefix ?? "",
  };
  return {
    fingerprint: sha256(JSON.stringify(decisive)),
    // As `--model` takes it.
    name: `${base}#${model}`,
    modelType: decisive.modelType,
    dimension,
    maxTokens: settings.inputTokens ?? INPUT_TOKENS,
    pooling: "endpoint",
    normalize: true,
    dtype: "float32",
    queryPrefix: decisive.queryPrefix,
    documentPrefix: decisive.documentPrefix,
    weightsSha256: "",
    tokenizerSha256: "",
  };
}

/** Of the variable no more is said than its name. */
function readKey(name: string, environment: Environment): string {
  const key = environment[name]?.trim() ?? "";
  if (key === "") throw new UsageError(`the variable ${name}, which holds the endpoint's key, is not set`);
  if (!/^[\x21-\x7e]+$/.test(key)) throw new UsageError(`the variable ${name} does not hold a key, but other text`);
  return key;
}

function notTrusted({ base }: Address, keyFrom: string | undefined, where: string): MdpError {
  const key = keyFrom === undefined ? "" : ` with the key in ${keyFrom}`;
  return new MdpError({
    code: "not-trusted",
    message: `mdp.yaml has texts sent to ${base}${key}, which is not trusted on this machine`,
    where,
    hint: "mdp trust --show lists what would be sent and run; mdp trust allows it, or name the model with --model",
  });
}
