/** Texts to an endpoint and vectors back: in batches, at the endpoint's pace, again where it failed for a time. */
import type { MdpError } from "../../core/errors.ts";
import { type Answer, readVectors } from "./answer.ts";
import { ask, type Endpoint, failure, unusable } from "./ask.ts";
import type { Clock } from "./clock.ts";
import { RateLimit, type RateLimits } from "./rate-limit.ts";
import type { Learnt } from "./remembered.ts";
import { MAX_ATTEMPTS, MAX_PAUSE_MS, pauseBefore } from "./retry.ts";

/** Any server takes it, so that its refusal is one of the request and not of the text. */
const HARMLESS = "a";

export interface ClientOptions extends RateLimits {
  endpoint: Endpoint;
  /** Asked of the endpoint, where its vectors are to be shorter. */
  dimensions: number | undefined;
  /** What an earlier run learnt. */
  learnt: Learnt | undefined;
  clock: Clock;
}

/** An answer, or why the server does not take these texts. */
export type Reply = { answer: Answer } | { refused: string; tooLarge: boolean };

export class Client {
  readonly endpoint: Endpoint;
  readonly #dimensions: number | undefined;
  readonly #clock: Clock;
  readonly #limit: RateLimit;
  #base64: boolean;
  /** Whether the endpoint has answered a request of this form in this run. */
  #works = false;
  #checked: Promise<Learnt> | undefined;

  constructor({ endpoint, dimensions, learnt, clock, ...limits }: ClientOptions) {
    this.endpoint = endpoint;
    this.#dimensions = dimensions;
    this.#clock = clock;
    this.#limit = new RateLimit(limits, clock);
    this.#base64 = learnt?.base64 ?? true;
  }

  /**
   * Vectors of some texts, or the refusal of them. A refusal counts only from an endpoint that takes other texts.
   *
   * @param tokens about how many they are
   */
  async embed(texts: readonly string[], tokens: number, signal: AbortSignal): Promise<Reply> {
    const before = this.#base64;
    const reply = await this.#patiently(texts, tokens, signal);
    if ("answer" in reply || this.#works) return reply;
    await this.check(signal);
    return this.#base64 === before ? reply : this.#patiently(texts, tokens, signal);
  }

  /** Learns from a text that anybody takes how the endpoint answers. @throws MdpError when it refuses that too */
  check(signal: AbortSignal): Promise<Learnt> {
    this.#checked ??= this.#check(signal);
    return this.#checked;
  }

  async #check(signal: AbortSignal): Promise<Learnt> {
    let reply = await this.#patiently([HARMLESS], 1, signal);
    if ("refused" in reply && this.#base64) {
      this.#base64 = false;
      const plain = await this.#patiently([HARMLESS], 1, signal);
      if ("answer" in plain) reply = plain;
    }
    if ("answer" in reply) return { dimension: reply.answer.dimension, base64: this.#base64 };
    const hint = this.#dimensions === undefined ? "check the model's name" : "check the model's name, or leave out dim";
    throw failure(this.endpoint, "endpoint-refused", `the endpoint refuses every text: ${reply.refused}`, hint);
  }

  /** Repeats a request until the endpoint takes it or refuses it. */
  async #patiently(texts: readonly string[], tokens: number, signal: AbortSignal): Promise<Reply> {
    for (let attempt = 1; ; attempt++) {
      await this.#limit.take(tokens, signal);
      const outcome = await ask(this.endpoint, this.#body(texts), signal);
      if (outcome.kind === "refused") {
        const tooLarge =
          outcome.status === 413 || /batch|too many|too large|maximum .*(inputs|array)/i.test(outcome.reason);
        return { refused: outcome.reason, tooLarge };
      }
      if (outcome.headers) this.#limit.learn(outcome.headers);
      if (outcome.kind === "answer") {
        const answer = readVectors(outcome.json, texts.length);
        if (typeof answer === "string") throw unusable(this.endpoint, answer);
        this.#works = true;
        if (answer.tokens !== undefined) this.#limit.correct(tokens, answer.tokens);
        return { answer };
      }
      const pause = pauseBefore(attempt, this.#clock.seed, outcome.pauseMs);
      if (attempt >= MAX_ATTEMPTS || pause > MAX_PAUSE_MS) throw givenUp(this.endpoint, attempt, pause, outcome.reason);
      // The server asked everybody to wait, not only this request.
      if (outcome.pauseMs !== undefined) this.#limit.close(outcome.pauseMs);
      await this.#clock.sleep(pause, signal);
    }
  }

  #body(texts: readonly string[]) {
    return {
      model: this.endpoint.address.model,
      input: texts,
      ...(this.#base64 ? { encoding_format: "base64" } : {}),
      ...(this.#dimensions === undefined ? {} : { dimensions: this.#dimensions }),
    };
  }
}

function givenUp(endpoint: Endpoint, attempts: number, pause: number, reason: string): MdpError {
  const tried = attempts >= MAX_ATTEMPTS ? `${attempts} times` : `and asks to wait ${Math.round(pause / 1000)} s`;
  return failure(
    endpoint,
    "endpoint-unreachable",
    `the endpoint could not be had ${tried}: ${reason}`,
    "run the same command later: what was committed is kept",
  );
}
