/** An OpenAI-compatible endpoint of embeddings on this machine, which fails as it is told. */

export interface Asked {
  model: string;
  input: string[];
  encoding_format?: string;
  dimensions?: number;
}

interface Item {
  object?: string;
  index?: unknown;
  embedding: unknown;
}

/** What the server does instead of answering well; undefined: it answers well. */
export type Fault = (asked: Asked, answer: { data: Item[] }) => Response | Promise<Response> | undefined;

export interface EmbeddingServerOptions {
  dimension?: number;
  /** Asked of every request, when it is set. */
  key?: string;
  /** Called for each request, in their order. */
  fault?: (asked: Asked, nth: number) => Fault | undefined;
}

export class EmbeddingServer implements Disposable {
  readonly requests: { asked: Asked; headers: Headers; path: string }[] = [];
  /** Requests that were under way at once, at most. */
  parallel = 0;
  readonly #server: Bun.Server<undefined>;
  #open = 0;

  constructor({ dimension = 32, key, fault }: EmbeddingServerOptions = {}) {
    this.#server = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      fetch: async (request) => {
        this.parallel = Math.max(this.parallel, ++this.#open);
        try {
          const asked = (await request.json()) as Asked;
          const { pathname: path } = new URL(request.url);
          this.requests.push({ asked, headers: request.headers, path });
          if (path !== "/v1/embeddings") return error(404, "no such address");
          if (key !== undefined && request.headers.get("authorization") !== `Bearer ${key}`) {
            return error(401, `Incorrect API key provided: ${request.headers.get("authorization")?.slice(7)}`);
          }
          const answer = answerTo(asked, asked.dimensions ?? dimension);
          const failed = await fault?.(asked, this.requests.length)?.(asked, answer);
          return failed ?? Response.json(answer);
        } finally {
          this.#open--;
        }
      },
    });
  }

  get base(): string {
    return `http://127.0.0.1:${this.#server.port}/v1`;
  }

  get address(): string {
    return `${this.base}#words`;
  }

  /** Texts that were asked, in the order of their coming, the probe left out. */
  get texts(): string[] {
    return this.requests.flatMap(({ asked }) => asked.input).filter((text) => text !== "a");
  }

  [Symbol.dispose](): void {
    this.#server.stop(true);
  }
}

export function error(status: number, message: string, headers: Record<string, string> = {}, code?: string): Response {
  return Response.json({ error: { message, type: "invalid_request_error", code } }, { status, headers });
}

function answerTo({ input, model, encoding_format: format }: Asked, dimension: number) {
  const data: Item[] = input.map((text, index) => {
    const vector = vectorOf(text, dimension);
    const embedding = format === "base64" ? Buffer.from(vector.buffer).toString("base64") : [...vector];
    return { object: "embedding", index, embedding };
  });
  const tokens = input.reduce((sum, text) => sum + text.split(/\s+/).length, 0);
  return { object: "list", model, data, usage: { prompt_tokens: tokens, total_tokens: tokens } };
}

/** Words as counts, of a length that is not 1: texts that share words are near each other. */
export function vectorOf(text: string, dimension: number): Float32Array {
  const vector = new Float32Array(dimension);
  for (const word of text.toLowerCase().match(/[a-z0-9]+/g) ?? ["nothing"]) {
    let hash = 7;
    for (let i = 0; i < word.length; i++) hash = (Math.imul(hash, 31) + word.charCodeAt(i)) >>> 0;
    vector[hash % dimension]! += 1;
  }
  return vector;
}
