/** Some texts to an endpoint: in requests, several at once, and each vector comes to its row. */
import { InterruptedError } from "../../core/errors.ts";
import type { EmbedOptions } from "../../core/ports.ts";
import { normalize } from "./answer.ts";
import { failure } from "./ask.ts";
import type { Client } from "./client.ts";
import { estimatedTokens, planRequests } from "./requests.ts";

/** How much goes out at once; shared by all jobs, since what an endpoint refused once it will refuse again. */
export interface Pace {
  /** Texts of a request. */
  maxTexts: number;
  /** Requests under way. */
  readonly parallel: number;
}

interface JobParts {
  client: Client;
  inputs: readonly string[];
  dimension: number;
  pace: Pace;
  options: EmbedOptions;
  /** Called when the endpoint's vectors have another length than they had. */
  forget: () => Promise<void>;
}

export class Job {
  readonly vectors: Float32Array;
  /** Rows without a vector, and why. */
  readonly refused = new Map<number, string>();
  tokens = 0;
  readonly #parts: JobParts;
  readonly #bytes: Uint32Array;
  #done = 0;

  constructor(parts: JobParts) {
    this.#parts = parts;
    this.#bytes = Uint32Array.from(parts.inputs, (input) => Buffer.byteLength(input));
    this.vectors = new Float32Array(parts.inputs.length * parts.dimension);
  }

  /** @throws MdpError for what no other text mends; InterruptedError */
  async run(): Promise<void> {
    const { pace, options } = this.#parts;
    const stop = new AbortController();
    const signal = options.signal ? AbortSignal.any([options.signal, stop.signal]) : stop.signal;
    const requests = planRequests(this.#bytes, pace.maxTexts);
    const worker = async () => {
      for (let next = requests.shift(); next; next = requests.shift()) await this.#send(next.from, next.to, signal);
    };
    const workers = Array.from({ length: Math.min(pace.parallel, requests.length) }, worker);
    try {
      await Promise.all(workers);
    } catch (error) {
      // The others end before the error is told, so that nothing goes on behind it.
      stop.abort(new InterruptedError());
      await Promise.allSettled(workers);
      throw options.signal?.aborted ? new InterruptedError() : error;
    }
  }

  /** The rows from `from` to `to`; halved as often as the endpoint refuses them together. */
  async #send(from: number, to: number, signal: AbortSignal): Promise<void> {
    const { client, inputs, pace } = this.#parts;
    const count = to - from;
    if (count > pace.maxTexts) return this.#halves(from, to, signal);
    const estimate = estimatedTokens(this.#bytes.subarray(from, to).reduce((sum, bytes) => sum + bytes, 0));
    const reply = await client.embed(inputs.slice(from, to), estimate, signal);
    if ("answer" in reply) {
      for (const [i, vector] of reply.answer.vectors.entries()) await this.#keep(from + i, vector);
      this.tokens += reply.answer.tokens ?? estimate;
    } else if (count > 1) {
      if (reply.tooLarge) pace.maxTexts = Math.min(pace.maxTexts, Math.ceil(count / 2));
      return this.#halves(from, to, signal);
    } else {
      this.refused.set(from, reply.refused);
    }
    this.#done += count;
    this.#parts.options.onProgress?.({ texts: this.#done, tokens: this.tokens });
  }

  async #halves(from: number, to: number, signal: AbortSignal): Promise<void> {
    const middle = (from + to) >>> 1;
    await this.#send(from, middle, signal);
    await this.#send(middle, to, signal);
  }

  async #keep(row: number, vector: Float32Array): Promise<void> {
    const { client, dimension, forget } = this.#parts;
    if (vector.length !== dimension) {
      await forget();
      const message = `the endpoint's vectors have ${vector.length} numbers now, where they had ${dimension}`;
      const hint = "another model answers there: a new project folder goes on with it";
      throw failure(client.endpoint, "endpoint-dimension", message, hint);
    }
    if (normalize(vector)) this.vectors.set(vector, row * dimension);
    else this.refused.set(row, "the endpoint's vector for it is zero, or holds what is not a number");
  }
}
