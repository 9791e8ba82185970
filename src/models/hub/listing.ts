/** What the hub says of a model at a revision: its commit, and its files with their sizes and hashes. */
import * as v from "valibot";
import { MdpError } from "../../core/errors.ts";
import { isCommit, type ModelId, safeParts } from "./names.ts";
import { type HubClient, repeated, request, textOf } from "./request.ts";

export interface RemoteFile {
  /** Its name in the model, with `/` between folders. */
  name: string;
  size: number;
  /** Name of its blob: the SHA-256 of a large file, the git hash (SHA-1) of any other. */
  hash: string;
}

export interface RemoteModel {
  commit: string;
  files: RemoteFile[];
}

/** More than any model's listing; what is longer is not read. */
const MAX_LISTING_BYTES = 64 * 2 ** 20;

const Size = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const Listing = v.object({
  sha: v.pipe(v.string(), v.check(isCommit, "is not a commit")),
  siblings: v.array(
    v.object({
      rfilename: v.string(),
      size: v.nullish(Size),
      blobId: v.nullish(v.pipe(v.string(), v.regex(/^[0-9a-f]{40}$/))),
      lfs: v.nullish(v.object({ sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)), size: v.nullish(Size) })),
    }),
  ),
});

/** @throws MdpError when the model, its revision or the right to see it is missing, or the answer makes no sense */
export async function fetchListing(
  client: HubClient,
  id: ModelId,
  wanted: (file: string) => boolean,
): Promise<RemoteModel> {
  const revision = id.revision ?? "main";
  const path = `/api/models/${id.repo}/revision/${encodeURIComponent(revision)}?blobs=true`;
  const what = id.revision === undefined ? `the model ${id.repo}` : `the model ${id.repo} at ${id.revision}`;
  const text = await repeated(client, what, async () => {
    const { response } = await request(client, path, what);
    return textOf(client, response, MAX_LISTING_BYTES);
  });
  const parsed = v.safeParse(Listing, parse(text));
  const where = client.endpoint + path;
  if (!parsed.success) {
    const [issue] = parsed.issues;
    throw new MdpError({
      code: "hub-answer",
      message: `the hub's description of ${id.repo} makes no sense (${v.getDotPath(issue) ?? "all of it"}: ${issue.message})`,
      where,
      hint: "check HF_ENDPOINT: it has to name a Hugging Face hub",
    });
  }
  const { sha, siblings } = parsed.output;
  if (isCommit(revision) && sha !== revision) {
    throw new MdpError({
      code: "hub-answer",
      message: `the hub answers with commit ${sha}`,
      where,
      hint: "try again later",
    });
  }
  const files: RemoteFile[] = [];
  for (const { rfilename: name, size, blobId, lfs } of siblings) {
    if (!wanted(name)) continue;
    safeParts(name, where);
    const hash = lfs?.sha256 ?? blobId;
    const bytes = lfs?.size ?? size;
    if (hash == null || bytes == null) {
      throw new MdpError({
        code: "hub-answer",
        message: `the hub does not tell the size and hash of ${name}, so it could not be verified`,
        where,
        hint: "use a hub that answers to ?blobs=true, as huggingface.co does",
      });
    }
    files.push({ name, size: bytes, hash });
  }
  files.sort((a, b) => (a.name < b.name ? -1 : 1));
  checkTree(files, where);
  return { commit: sha, files };
}

/** No name may stand twice, or be a file here and a folder there. */
function checkTree(files: readonly RemoteFile[], where: string): void {
  const names = new Set(files.map(({ name }) => name));
  const folders = files.flatMap(({ name }) => [...name.matchAll(/\//g)].map(({ index }) => name.slice(0, index)));
  const clash = names.size < files.length ? "one name twice" : folders.find((folder) => names.has(folder));
  if (clash === undefined) return;
  throw new MdpError({
    code: "hub-unsafe-name",
    message: `the hub's list of files contradicts itself (${clash})`,
    where,
    hint: "do not use this model; tell the hub about it",
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
