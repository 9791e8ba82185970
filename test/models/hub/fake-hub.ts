/** A server that behaves as the hub does: listings, redirects to a storage host, ranges, hashes, refusals. */
import { sha256 } from "../../../src/core/hash.ts";

export const COMMIT = "0123456789abcdef0123456789abcdef01234567";

export interface FakeFile {
  content: Uint8Array;
  /** Kept in large-file storage: named by its SHA-256, served by another host. */
  large?: boolean;
  /** What the listing says in place of the truth. */
  listed?: { name?: string; size?: number; hash?: string };
}

export interface Seen {
  path: string;
  host: string;
  authorization: string | null;
  range: string | null;
}

export type Behaviour = (seen: Seen, request: Request) => Response | Promise<Response> | undefined;

/** Two servers: the hub, and the host that its large files lie on. */
export class FakeHub implements AsyncDisposable {
  readonly requests: Seen[] = [];
  /** Asked first; what it does not answer the hub answers. */
  behaviour: Behaviour = () => undefined;
  files: Record<string, FakeFile>;
  commit = COMMIT;
  readonly #hub: Bun.Server<undefined>;
  readonly #storage: Bun.Server<undefined>;

  constructor(files: Record<string, FakeFile>) {
    this.files = files;
    this.#hub = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: (request) => this.#handle(request, "hub") });
    this.#storage = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: (request) => this.#handle(request, "storage") });
  }

  get endpoint(): string {
    return `http://127.0.0.1:${this.#hub.port}`;
  }

  get storage(): string {
    return `http://127.0.0.1:${this.#storage.port}`;
  }

  /** Requests for a file's contents. */
  downloads(name: string): Seen[] {
    return this.requests.filter(({ path }) => path.endsWith(`/${name}`));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.#hub.stop(true), this.#storage.stop(true)]);
  }

  async #handle(request: Request, host: string): Promise<Response> {
    const path = decodeURIComponent(new URL(request.url).pathname);
    const { headers } = request;
    const seen = { path, host, authorization: headers.get("authorization"), range: headers.get("range") };
    this.requests.push(seen);
    return (await this.behaviour(seen, request)) ?? this.#answer(seen);
  }

  #answer({ path, host, range }: Seen): Response {
    if (path.startsWith("/api/models/org/name/revision/")) return this.#listing(path.split("/").slice(6).join("/"));
    const [, name] = /^\/(?:org\/name\/resolve\/[0-9a-f]+|storage)\/(.+)$/.exec(path) ?? [];
    const file = name === undefined ? undefined : this.files[name];
    if (!file) return refusal(401, "RepoNotFound", "Repository not found");
    const etag = `"${hashOf(file)}"`;
    if (file.large && host === "hub") {
      const headers = {
        location: `${this.storage}/storage/${name}`,
        "x-linked-etag": etag,
        "x-repo-commit": this.commit,
      };
      return new Response(null, { status: 302, headers });
    }
    // A storage host's tag says nothing about the contents.
    return contents(file.content, range, { etag: host === "hub" ? etag : '"storage-tag"' });
  }

  #listing(revision: string): Response {
    if (!["main", "v1.0", "pr/7", this.commit].includes(revision))
      return refusal(404, "RevisionNotFound", "no such revision");
    const siblings = Object.entries(this.files).map(([name, file]) => {
      const size = file.listed?.size ?? file.content.length;
      const hash = file.listed?.hash ?? hashOf(file);
      const about = { rfilename: file.listed?.name ?? name, size, blobId: gitHash(file.content) };
      return file.large ? { ...about, lfs: { sha256: hash, size, pointerSize: 134 } } : { ...about, blobId: hash };
    });
    return Response.json({ id: "org/name", sha: this.commit, siblings });
  }
}

export function contents(content: Uint8Array, range: string | null, headers: Record<string, string> = {}): Response {
  const start = Number(/^bytes=(\d+)-$/.exec(range ?? "")?.[1] ?? 0);
  if (start === 0) return new Response(content, { headers });
  if (start >= content.length) return new Response(null, { status: 416 });
  const part = { ...headers, "content-range": `bytes ${start}-${content.length - 1}/${content.length}` };
  return new Response(content.subarray(start), { status: 206, headers: part });
}

export function refusal(status: number, code: string, message: string): Response {
  return new Response(null, { status, headers: { "x-error-code": code, "x-error-message": message } });
}

/**
 * A server that promises all of a content, sends some of it and hangs up once `arrived` says that the client has it: what
 * a client has not read when a connection is reset is lost, by the standard of streams, and would make this a race.
 */
export function cuttingServer(
  content: Uint8Array,
  bytes: number,
  arrived: (position: number) => Promise<void>,
): { url: string; stop(): void } {
  const server = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      async data(socket, data) {
        const start = Number(/range: bytes=(\d+)-/i.exec(data.toString())?.[1] ?? 0);
        const status = start === 0 ? "200 OK" : "206 Partial Content";
        const range = `content-range: bytes ${start}-${content.length - 1}/${content.length}\r\n`;
        const head = `HTTP/1.1 ${status}\r\ncontent-length: ${content.length - start}\r\n${start === 0 ? "" : range}\r\n`;
        const part = content.subarray(start, start + bytes);
        socket.write(head);
        if (socket.write(part) !== part.length) throw new Error("the socket does not take a part at once");
        await arrived(start + part.length);
        socket.end();
      },
    },
  });
  return { url: `http://127.0.0.1:${server.port}`, stop: () => server.stop(true) };
}

/** Name of a file's blob in the cache. */
export function hashOf({ content, large }: FakeFile): string {
  return large ? sha256(content) : gitHash(content);
}

/** What git calls a file's contents. */
function gitHash(content: Uint8Array): string {
  return new Bun.CryptoHasher("sha1").update(`blob ${content.length}\0`).update(content).digest("hex");
}

/** Bytes that differ from place to place, the same at each call. */
export function noise(length: number, seed = 1): Uint8Array {
  const bytes = new Uint8Array(length);
  let state = seed;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}

export const text = (value: string): Uint8Array => new TextEncoder().encode(value);
