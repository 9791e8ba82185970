/** The environment variables of `huggingface_hub`, read as it reads them. */
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { UsageError } from "../../core/errors.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

export interface HubEnvironment {
  /** Without a slash at its end. */
  endpoint: string;
  /** Folder of the `models--…` folders. */
  cacheDir: string;
  offline: boolean;
}

const ENDPOINT = "https://huggingface.co";

/** @throws UsageError for an endpoint that is no address */
export function hubEnvironment(environment: Environment = process.env): HubEnvironment {
  const endpoint = (environment.HF_ENDPOINT || ENDPOINT).replace(/\/+$/, "");
  if (!URL.canParse(endpoint) || !/^https?:/.test(endpoint)) {
    throw new UsageError(`HF_ENDPOINT is not an address: "${endpoint}"`, "write it as https://host, or unset it");
  }
  return {
    endpoint,
    cacheDir: hubCacheDir(environment),
    offline: isTrue(environment.HF_HUB_OFFLINE || environment.TRANSFORMERS_OFFLINE),
  };
}

/** `HF_HUB_CACHE`, else `hub/` in `HF_HOME`, else in the user's cache folder. */
export function hubCacheDir(environment: Environment = process.env): string {
  const named = environment.HF_HUB_CACHE || environment.HUGGINGFACE_HUB_CACHE;
  return named ? expand(named, environment) : join(hubHome(environment), "hub");
}

/**
 * From the environment, else from the file that `hf auth login` writes; undefined where there is none.
 * @throws UsageError for what cannot be a token
 */
export function hubToken(environment: Environment = process.env): string | undefined {
  for (const name of ["HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"]) {
    const given = clean(environment[name]);
    if (given !== undefined) return checked(given, name);
  }
  const named = environment.HF_TOKEN_PATH;
  const file = named ? expand(named, environment) : join(hubHome(environment), "token");
  let written: string | undefined;
  try {
    written = clean(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
  return written && checked(written, file);
}

/** The token itself is nobody's business, in an error either. */
function checked(token: string, where: string): string {
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  throw new UsageError(`${where} holds characters that no token has`, "copy the token again: it begins with hf_");
}

function hubHome(environment: Environment): string {
  if (environment.HF_HOME) return expand(environment.HF_HOME, environment);
  const caches = environment.XDG_CACHE_HOME;
  return join(caches ? expand(caches, environment) : join(home(environment), ".cache"), "huggingface");
}

function home(environment: Environment): string {
  return environment.HOME || homedir();
}

function expand(path: string, environment: Environment): string {
  return resolve(path.replace(/^~(?=\/|$)/, home(environment)));
}

function clean(token: string | undefined): string | undefined {
  return token?.replace(/[\r\n]/g, "").trim() || undefined;
}

function isTrue(value: string | undefined): boolean {
  return /^(1|on|yes|true)$/i.test(value ?? "");
}
