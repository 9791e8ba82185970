/** Requests to the hub: redirects followed by hand, so that the token stays with its host; refusals told apart. */
import { MdpError, messageOf } from "../../core/errors.ts";
import { retryAfterMs, sleep } from "../../core/pause.ts";

export interface HubClient {
  endpoint: string;
  token: string | undefined;
  signal: AbortSignal;
  /** First pause before a request is repeated; each later one is twice as long. */
  backoffMs: number;
  /** Time for an answer to begin. */
  answerMs: number;
  /** A connection that is silent for longer within an answer counts as cut. */
  idleMs: number;
}

const MAX_REDIRECTS = 8;
const MAX_ATTEMPTS = 6;
/** A server that asks for a longer pause is taken at its word: the run ends and says so. */
const MAX_PAUSE_MS = 120_000;

/** Of a refusal's own words no more is read. */
const MAX_REFUSAL_BYTES = 2 ** 16;

/** A failure that may pass: the connection was cut, or the server is busy. */
export class Temporary extends Error {
  readonly pauseMs: number | undefined;
  constructor(message: string, pauseMs?: number) {
    super(message);
    this.pauseMs = pauseMs;
  }
}

export interface Answer {
  response: Response;
  /** Headers of the hub itself, where the answer came from another host. */
  hubHeaders: Headers;
}

/** One request, no repetition. `what` names its object in errors. @throws Temporary, or MdpError for a refusal */
export async function request(
  client: HubClient,
  path: string,
  what: string,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const home = new URL(client.endpoint).origin;
  let url = new URL(client.endpoint + path);
  let hubHeaders: Headers | undefined;
  for (let hops = 0; hops <= MAX_REDIRECTS; hops++) {
    const own = new Headers({ "user-agent": "mdp", "accept-encoding": "identity", ...headers });
    if (client.token !== undefined && url.origin === home) own.set("authorization", `Bearer ${client.token}`);
    const response = await send(client, url, own);
    // Later answers of the same host tell more: a renamed model's first answer only says where it is now.
    if (url.origin === home) hubHeaders = response.headers;
    const target = response.headers.get("location");
    if (response.status < 300 || response.status >= 400 || target === null) {
      await refuse(client, response, what, url);
      return { response, hubHeaders: hubHeaders ?? response.headers };
    }
    await response.body?.cancel();
    const next = URL.canParse(target, url.href) ? new URL(target, url.href) : undefined;
    const downgrade = url.protocol === "https:" && next?.protocol === "http:";
    if (next === undefined || downgrade || !/^https?:$/.test(next.protocol)) {
      throw failure("hub-answer", `the hub sends ${what} to an address that cannot be used`, url, "try again later");
    }
    url = next;
  }
  throw failure(
    "hub-answer",
    `the hub sends ${what} round in circles (${MAX_REDIRECTS} redirects)`,
    url,
    "check HF_ENDPOINT",
  );
}

/** Repeats work that fails for a time; progress made in between starts the count anew. */
export async function repeated<T>(
  client: HubClient,
  what: string,
  work: (progress: () => void) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work(() => {
        attempt = 0;
      });
    } catch (error) {
      client.signal.throwIfAborted();
      if (!(error instanceof Temporary)) throw error;
      const pause = error.pauseMs ?? client.backoffMs * 2 ** Math.max(0, attempt - 1);
      if (attempt >= MAX_ATTEMPTS || pause > MAX_PAUSE_MS) {
        const tried =
          attempt >= MAX_ATTEMPTS ? `after ${attempt} attempts` : `and asks to wait ${Math.round(pause / 1000)} s`;
        throw new MdpError({
          code: "hub-unreachable",
          message: `${what} could not be had from the hub ${tried}: ${error.message}`,
          where: client.endpoint,
          hint: "run the same command later: what is here already is kept and not loaded again",
          cause: error,
        });
      }
      await sleep(pause, client.signal);
    }
  }
}

/** Turns whatever a connection throws into `Temporary`; an interruption stays one. */
export function asTemporary(client: HubClient, error: unknown): unknown {
  if (client.signal.aborted) return client.signal.reason;
  if (error instanceof MdpError || error instanceof Temporary) return error;
  return new Temporary(messageOf(error));
}

/** The body piece by piece; silence for too long is a cut. */
export async function* watched(client: HubClient, response: Response): AsyncGenerator<Uint8Array> {
  const reader = response.body?.getReader();
  if (!reader) return;
  const stop = () => void reader.cancel(client.signal.reason).catch(() => {});
  client.signal.addEventListener("abort", stop, { once: true });
  try {
    while (true) {
      const silence = Promise.withResolvers<never>();
      const timer = setTimeout(
        () => silence.reject(new Temporary(`no data for ${client.idleMs / 1000} s`)),
        client.idleMs,
      );
      try {
        const { done, value } = await Promise.race([reader.read(), silence.promise]);
        client.signal.throwIfAborted();
        if (done) return;
        yield value;
      } catch (error) {
        throw asTemporary(client, error);
      } finally {
        clearTimeout(timer);
      }
    }
  } finally {
    client.signal.removeEventListener("abort", stop);
    await reader.cancel().catch(() => {});
  }
}

/** At most so many bytes of a body as text; what is longer is cut. */
export async function textOf(client: HubClient, response: Response, limit: number): Promise<string> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of watched(client, response)) {
    parts.push(part);
    size += part.length;
    if (size >= limit) break;
  }
  return Buffer.concat(parts).subarray(0, limit).toString("utf8");
}

async function send(client: HubClient, url: URL, headers: Headers): Promise<Response> {
  const patience = new AbortController();
  const late = new Error(`no answer for ${client.answerMs / 1000} s`);
  const timer = setTimeout(() => patience.abort(late), client.answerMs);
  try {
    const signal = AbortSignal.any([client.signal, patience.signal]);
    // The timer ends with the headers; the body has its own watch.
    return await fetch(url, { headers, redirect: "manual", signal });
  } catch (error) {
    throw asTemporary(client, error);
  } finally {
    clearTimeout(timer);
  }
}

/** @throws for every answer that is not a success */
async function refuse(client: HubClient, response: Response, what: string, url: URL): Promise<void> {
  const { status, headers } = response;
  if (response.ok || status === 416) return;
  const code = headers.get("x-error-code");
  const said = (headers.get("x-error-message") ?? (await shortText(client, response))).slice(0, 300);
  if (status === 408 || status === 429 || status >= 500) {
    throw new Temporary(`HTTP ${status}${said ? ` (${said})` : ""}`, retryAfterMs(headers));
  }
  const detail = said ? `: ${said}` : "";
  const signedIn = client.token !== undefined;
  const tokens = `${client.endpoint}/settings/tokens`;
  if (code === "GatedRepo" || (status === 403 && !code)) {
    const page = modelPage(client, url);
    const next = signedIn
      ? `accept the conditions on ${page} with the token's account; a fine-grained token also has to allow gated models`
      : `accept its conditions on ${page}, make a token at ${tokens}, and set HF_TOKEN to it`;
    throw failure("hub-forbidden", `${what} is only for those whom its owner admits${detail}`, url, next);
  }
  if (status === 401 && signedIn && !code) {
    throw failure(
      "hub-forbidden",
      `the hub does not accept the token${detail}`,
      url,
      `make a token at ${tokens} and set HF_TOKEN to it, or unset HF_TOKEN for public models`,
    );
  }
  if (code === "RevisionNotFound")
    throw failure("hub-not-found", `${what} has no such revision`, url, "check --revision");
  if (code === "EntryNotFound") throw failure("hub-not-found", `${what} is not in this model`, url, "check its name");
  if (status === 401 || status === 404) {
    const token = signedIn
      ? "check the name, and that the token in HF_TOKEN is valid and may read it"
      : `check the name; if it is a private model, set HF_TOKEN to a token that may read it (${tokens})`;
    throw failure("hub-not-found", `${what} is not on the hub, or not for this account (HTTP ${status})`, url, token);
  }
  throw failure(
    "hub-answer",
    `the hub refuses ${what} with HTTP ${status}${detail}`,
    url,
    "check the name and HF_ENDPOINT",
  );
}

/** Where people read of the model that a request is about. */
function modelPage(client: HubClient, { pathname }: URL): string {
  return client.endpoint + pathname.replace(/^\/api\/models(?=\/)/, "").replace(/\/(resolve|revision)\/.*$/, "");
}

/** An error's own words; pages for people are left out. */
async function shortText(client: HubClient, response: Response): Promise<string> {
  try {
    if (/html/.test(response.headers.get("content-type") ?? "")) return "";
    const text = await textOf(client, response, MAX_REFUSAL_BYTES);
    const json = text.startsWith("{") ? (JSON.parse(text) as { error?: unknown }) : {};
    return typeof json.error === "string" ? json.error : text;
  } catch {
    return "";
  }
}

function failure(code: string, message: string, url: URL, hint: string): MdpError {
  return new MdpError({ code, message, where: url.origin + url.pathname, hint });
}
