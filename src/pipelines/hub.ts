/** `model get` and `model remove`: models of the Hugging Face hub, in the cache that all programs share. */
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { InterruptedError, MdpError } from "../core/errors.ts";
import { modelFolders } from "../models/find.ts";
import { cachedModels, removeRevisions, snapshotFiles } from "../models/hub/cache.ts";
import { type Environment, hubCacheDir, hubEnvironment, hubToken } from "../models/hub/environment.ts";
import { type GetProgress, type GetReport, getModel } from "../models/hub/get.ts";
import { lockModel } from "../models/hub/lock.ts";
import { isCommit, parseModelId, requireModelId } from "../models/hub/names.ts";
import { DEFAULT_INCLUDE } from "../models/hub/patterns.ts";

export interface HubGetRequest {
  /** `org/name` or `org/name@revision`. */
  model: string;
  revision?: string | undefined;
  /** Globs; by default what a model needs to run. */
  include?: readonly string[] | undefined;
  exclude?: readonly string[] | undefined;
  environment?: Environment;
  signal: AbortSignal;
  onProgress?: (progress: GetProgress) => void;
  onWait?: () => void;
}

/** @throws UsageError for a wrong id or revision, MdpError of `getModel`, InterruptedError */
export async function getFromHub(request: HubGetRequest): Promise<GetReport> {
  const { model, revision, include = DEFAULT_INCLUDE, exclude = [], environment = process.env, signal } = request;
  const { onProgress, onWait } = request;
  const id = requireModelId(model, revision);
  const place = hubEnvironment(environment);
  try {
    return await getModel({ ...place, id, token: hubToken(environment), include, exclude, signal, onProgress, onWait });
  } catch (error) {
    throw signal.aborted ? new InterruptedError("what was loaded is kept; run the same command to go on") : error;
  }
}

export interface RemovalPlan {
  name: string;
  /** Its folder: in the hub's cache that of all its revisions. */
  dir: string;
  /** What goes of the hub's cache; empty for a folder of the model cache, which goes as a whole. */
  commits: string[];
  /** The cache that it lies in. */
  cacheDir: string;
  /** The branch or tag that goes alone, as others stand for its commit. */
  ref?: { name: string; others: string[] };
}

/** What `removeModel` would delete: nothing outside the two caches. @throws MdpError when it is in neither */
export function planRemoval(model: string, environment: Environment = process.env): RemovalPlan {
  const id = parseModelId(model);
  const [own] = modelFolders({ environment });
  const hub = hubCacheDir(environment);
  if (id !== undefined) {
    const dir = join(own!, id.repo);
    if (id.revision === undefined && existsSync(join(dir, "config.json"))) {
      return { name: model, dir, commits: [], cacheDir: own! };
    }
    const found = cachedModels(hub).find(({ repo }) => repo === id.repo);
    const revisions = found?.revisions.filter(
      ({ commit, refs }) => id.revision === undefined || commit === id.revision || refs.includes(id.revision),
    );
    const shared = revisions?.[0]?.refs.filter((ref) => ref !== id.revision) ?? [];
    if (found && id.revision !== undefined && shared.length > 0 && !isCommit(id.revision)) {
      return { name: model, dir: found.dir, commits: [], cacheDir: hub, ref: { name: id.revision, others: shared } };
    }
    // Without a revision a download that never got so far goes too.
    if (found && revisions && (id.revision === undefined || revisions.length > 0)) {
      return { name: model, dir: found.dir, commits: revisions.map(({ commit }) => commit), cacheDir: hub };
    }
  }
  throw new MdpError({
    code: "model-not-found",
    message: `the model "${model}" is in none of the caches ${own}, ${hub}`,
    where: hub,
    hint: "mdp model list shows what is there; a folder elsewhere is yours to delete",
  });
}

/** @returns bytes that are free now @throws MdpError while somebody downloads the model */
export function removeModel({ dir, commits, cacheDir, ref }: RemovalPlan): number {
  const cached = cachedModels(cacheDir).find((one) => one.dir === dir);
  if (cached) {
    using _lock = lockModel(cacheDir, dir, "model remove");
    if (ref !== undefined) {
      rmSync(join(dir, "refs", ref.name), { force: true });
      return 0;
    }
    return removeRevisions(cacheDir, cached, new Set(commits));
  }
  const freed = snapshotFiles(dir).reduce((sum, file) => sum + file.bytes, 0);
  rmSync(dir, { recursive: true });
  return freed;
}
