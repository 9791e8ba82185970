/** One request to an endpoint of embeddings: its answer, or what kind of failure it was. */
import { MdpError, messageOf } from "../../core/errors.ts";
import { retryAfterMs } from "../../core/pause.ts";
import type { Address } from "./address.ts";

export interface Endpoint {
  address: Address;
  /** Never part of a message. */
  key: string | undefined;
  /** Name of the variable that the key came from. */
  keyFrom: string | undefined;
  /** Time for one answer, its body included. */
  timeoutMs: number;
}

export type Outcome =
  | { kind: "answer"; json: unknown; headers: Headers }
  /** It may pass: the server is busy or failing, the connection was cut, the answer is not whole. */
  | { kind: "later"; reason: string; pauseMs: number | undefined; headers: Headers | undefined }
  /** The server does not take these texts; others it may. */
  | { kind: "refused"; status: number; reason: string };

/** A vector of 8,192 numbers takes 180 kB as text, and no request has more than some hundred. */
const MAX_ANSWER_BYTES = 256_000_000;
/** Of a refusal's own words no more is read, and shown. */
const MAX_REFUSAL_BYTES = 2 ** 16;
const MAX_WORDS = 300;

/** @throws MdpError for what no repetition and no other text mends; the signal's reason when it aborts */
export async function ask(endpoint: Endpoint, body: unknown, signal: AbortSignal): Promise<Outcome> {
  const patience = new AbortController();
  const late = new Error(`no answer for ${endpoint.timeoutMs / 1000} s`);
  const timer = setTimeout(() => patience.abort(late), endpoint.timeoutMs);
  try {
    const response = await fetch(endpoint.address.url, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        accept: "application/json",
        "user-agent": "mdp",
        ...(endpoint.key === undefined ? {} : { authorization: `Bearer ${endpoint.key}` }),
      },
      body: JSON.stringify(body),
      // Where else it points to, neither texts nor key are meant to go.
      redirect: "manual",
      signal: AbortSignal.any([signal, patience.signal]),
    });
    if (!response.ok) return await failureOf(endpoint, response);
    const bytes = await bytesOf(response, MAX_ANSWER_BYTES);
    if (bytes === undefined) throw unusable(endpoint, `its answer is longer than ${MAX_ANSWER_BYTES} bytes`);
    return readAnswer(bytes, response.headers);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof MdpError) throw error;
    const reason = patience.signal.aborted ? late.message : hidden(endpoint, messageOf(error));
    return { kind: "later", reason, pauseMs: undefined, headers: undefined };
  } finally {
    clearTimeout(timer);
  }
}

function readAnswer(bytes: Uint8Array, headers: Headers): Outcome {
  try {
    return { kind: "answer", json: JSON.parse(new TextDecoder().decode(bytes)), headers };
  } catch {
    return { kind: "later", reason: "its answer is not valid JSON", pauseMs: undefined, headers };
  }
}

async function failureOf(endpoint: Endpoint, response: Response): Promise<Outcome> {
  const { status, headers } = response;
  const { words, code } = await refusalOf(endpoint, response);
  const said = words === "" ? "" : `: ${words}`;
  const reason = `HTTP ${status}${said}`;
  if (status === 429 && /quota|billing|credit/i.test(`${code} ${words}`)) {
    throw failure(endpoint, "endpoint-quota", `the endpoint's quota is used up${said}`, "look at the account's plan");
  }
  if (status === 408 || status === 425 || status === 429 || status >= 500) {
    return { kind: "later", reason, pauseMs: pauseOf(headers), headers };
  }
  if (status === 400 || status === 413 || status === 422) return { kind: "refused", status, reason };
  throw fatal(endpoint, status, said);
}

function fatal(endpoint: Endpoint, status: number, said: string): MdpError {
  const { address, keyFrom } = endpoint;
  const where =
    keyFrom === undefined ? "name its variable with keyFrom or --key-from" : `check the variable ${keyFrom}`;
  if (status === 401) {
    // Some servers repeat parts of a key in their words.
    const what = keyFrom === undefined ? "asks for a key" : "does not accept the key";
    return failure(endpoint, "endpoint-key", `the endpoint ${what} (HTTP 401)`, where);
  }
  if (status === 403) {
    const hint = `${where}, and that its account may use "${address.model}"`;
    return failure(endpoint, "endpoint-forbidden", `the endpoint does not allow this (HTTP 403)${said}`, hint);
  }
  if (status === 404 || status === 405) {
    const hint = `check the URL (texts are posted to ${address.url.pathname}) and the model's name`;
    const message = `the endpoint has no such address or no model "${address.model}" (HTTP ${status})${said}`;
    return failure(endpoint, "endpoint-not-found", message, hint);
  }
  if (status >= 300 && status < 400) {
    return unusable(endpoint, `it sends elsewhere (HTTP ${status}), where no texts are sent to`);
  }
  return unusable(endpoint, `HTTP ${status}${said}`);
}

/** Milliseconds that the server asks to wait, by the exacter of its two ways. */
function pauseOf(headers: Headers): number | undefined {
  const exact = Number(headers.get("retry-after-ms") ?? Number.NaN);
  return Number.isFinite(exact) && exact >= 0 ? exact : retryAfterMs(headers);
}

/** An error's own words and code; pages for people are left out. */
async function refusalOf(endpoint: Endpoint, response: Response): Promise<{ words: string; code: string }> {
  const nothing = { words: "", code: "" };
  if (/html/.test(response.headers.get("content-type") ?? "")) {
    await response.body?.cancel();
    return nothing;
  }
  const bytes = await bytesOf(response, MAX_REFUSAL_BYTES).catch(() => undefined);
  if (bytes === undefined) return nothing;
  const text = new TextDecoder().decode(bytes);
  try {
    const { error, message, detail } = JSON.parse(text) as Record<string, unknown>;
    const inner = (typeof error === "object" && error !== null ? error : {}) as Record<string, unknown>;
    const words = [inner.message, error, message, detail].find((one) => typeof one === "string");
    return { words: shown(endpoint, String(words ?? "")), code: `${inner.code ?? ""} ${inner.type ?? ""}` };
  } catch {
    return { words: shown(endpoint, text), code: "" };
  }
}

const shown = (endpoint: Endpoint, words: string) => hidden(endpoint, words.trim()).slice(0, MAX_WORDS);

function hidden({ key }: Endpoint, words: string): string {
  return key === undefined ? words : words.replaceAll(key, "…");
}

/** The body, or undefined when it is longer. */
async function bytesOf(response: Response, limit: number): Promise<Uint8Array | undefined> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of response.body ?? []) {
    size += part.length;
    if (size > limit) return undefined;
    parts.push(part);
  }
  return Buffer.concat(parts);
}

export function unusable(endpoint: Endpoint, why: string): MdpError {
  const hint = "check that the URL is that of an OpenAI-compatible endpoint of embeddings";
  return failure(endpoint, "endpoint-answer", `the endpoint cannot be used: ${why}`, hint);
}

export function failure({ address }: Endpoint, code: string, message: string, hint: string): MdpError {
  return new MdpError({ code, message, where: `${address.base}#${address.model}`, hint });
}
