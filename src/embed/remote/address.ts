/** Where a model at an endpoint is: `https://host/v1#name`. */
import { UsageError } from "../../core/errors.ts";

export interface Address {
  /** The endpoint's base, e.g. `https://api.openai.com/v1`. */
  base: string;
  /** What the endpoint calls the model. */
  model: string;
  /** Where texts are posted to. */
  url: URL;
}

const SECRET = /key|token|secret|sig|password/i;

/** @throws UsageError for an address that is not whole, or that holds a key */
export function parseAddress(text: string): Address {
  const hash = text.indexOf("#");
  const model = hash === -1 ? "" : text.slice(hash + 1);
  const given = hash === -1 ? text : text.slice(0, hash);
  if (!URL.canParse(given)) throw new UsageError(`the endpoint "${given}" is no URL`, EXAMPLE);
  const url = new URL(given);
  // What might be a secret is not repeated in the message.
  if (url.username || url.password || [...url.searchParams.keys()].some((name) => SECRET.test(name))) {
    throw new UsageError(
      `the endpoint at ${url.host} is written with a key in its URL`,
      "keys come from the environment: name the variable with --key-from or keyFrom",
    );
  }
  if (model === "") throw new UsageError(`the endpoint ${given} is named without a model`, EXAMPLE);
  const path = url.pathname.replace(/\/+$/, "").replace(/\/embeddings$/, "");
  url.pathname = `${path}/embeddings`;
  return { base: url.origin + path + url.search, model, url };
}

/** The address in its one form, by which a table knows it. @throws UsageError */
export function addressName(text: string): string {
  const { base, model } = parseAddress(text);
  return `${base}#${model}`;
}

const EXAMPLE = "write the URL, a # and the model's name: https://api.openai.com/v1#text-embedding-3-small";

/** Whether texts would cross a network unencrypted. */
export function isOpenToAll({ url }: Address): boolean {
  return url.protocol === "http:" && !/^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$|\.localhost$/i.test(url.hostname);
}
