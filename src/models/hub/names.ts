/** Names on the hub: models, revisions and files, checked before they become part of a path. */
import { MdpError, UsageError } from "../../core/errors.ts";

export interface ModelId {
  /** `organisation/name`, or a bare name of the hub's early days. */
  repo: string;
  /** A branch, a tag or a commit; undefined for `main`. */
  revision: string | undefined;
}

const COMMIT = /^[0-9a-f]{40}$/;
/** One part of a model's id; the hub's own rule, which also keeps `--` free for the cache's folder names. */
const ID_PART = /^(?!.*(--|\.\.))[A-Za-z0-9_]([A-Za-z0-9_.-]{0,94}[A-Za-z0-9_])?$/;
const REVISION = /^(?!.*(\.\.|\/\/))[A-Za-z0-9_][A-Za-z0-9_./+-]{0,199}$/;

/** `org/name` or `org/name@revision`, undefined for a text that cannot be one. */
export function parseModelId(text: string): ModelId | undefined {
  const [repo = "", revision, ...rest] = text.split("@");
  const parts = repo.split("/");
  if (rest.length > 0 || parts.length > 2 || !parts.every((part) => ID_PART.test(part))) return undefined;
  if (revision !== undefined && !isRevision(revision)) return undefined;
  return { repo, revision };
}

/** @throws UsageError for a text that is no model's id, or names two revisions. */
export function requireModelId(text: string, revision?: string): ModelId {
  const id = parseModelId(text);
  const form = "write ORGANISATION/NAME, as in mlx-community/Llama-3.2-1B-Instruct-4bit";
  if (id === undefined) throw new UsageError(`"${text}" is not the id of a model on the hub`, form);
  if (revision === undefined) return id;
  if (!isRevision(revision)) throw new UsageError(`"${revision}" is not a revision`, "name a branch, tag or commit");
  if (id.revision !== undefined && id.revision !== revision) {
    throw new UsageError(`two revisions were given, "${id.revision}" and "${revision}"`, "leave one out");
  }
  return { repo: id.repo, revision };
}

/** Whether a revision is a commit's full hash, which never changes its meaning. */
export function isCommit(revision: string): boolean {
  return COMMIT.test(revision);
}

function isRevision(text: string): boolean {
  return REVISION.test(text) && !text.endsWith("/") && !text.split("/").some((part) => part.startsWith("."));
}

/** A file's name from the hub, as parts of a path that stays inside its folder. @throws MdpError for any other */
export function safeParts(file: string, where: string): string[] {
  const parts = file.split("/");
  const safe = parts.every((part) => part !== "" && part !== "." && part !== ".." && Buffer.byteLength(part) <= 255);
  if (safe && file.length <= 1024 && !/[\\:\0-\x1f\x7f]/.test(file)) return parts;
  throw new MdpError({
    code: "hub-unsafe-name",
    message: `the hub names a file that would leave its folder or cannot be a file's name: ${JSON.stringify(file.slice(0, 200))}`,
    where,
    hint: "do not use this model; tell the hub about it",
  });
}
