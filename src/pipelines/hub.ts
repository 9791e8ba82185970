/** `model get` and `model remove`: models of the Hugging Face hub, in the cache that all programs share. */
import { InterruptedError, MdpError } from "../core/errors.ts";
import { cachedModels, removeRevisions } from "../models/hub/cache.ts";
import { type Environment, hubEnvironment, hubToken } from "../models/hub/environment.ts";
import { type GetProgress, type GetReport, getModel } from "../models/hub/get.ts";
import { requireModelId } from "../models/hub/names.ts";
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

export interface RemovableModel {
  name: string;
  /** What goes: its commits. */
  commits: string[];
  dir: string;
}

/** What `removeFromHub` would remove of a model's id: one revision, or all. @throws MdpError when it is not here */
export function removableFromHub(model: string, environment: Environment = process.env): RemovableModel {
  const id = requireModelId(model);
  const { cacheDir } = hubEnvironment(environment);
  const found = cachedModels(cacheDir).find(({ repo }) => repo === id.repo);
  const revisions = found?.revisions.filter(
    ({ commit, refs }) => id.revision === undefined || commit === id.revision || refs.includes(id.revision),
  );
  if (!found || !revisions || (id.revision !== undefined && revisions.length === 0)) {
    throw new MdpError({
      code: "model-not-found",
      message: `the model "${model}" is not in the cache`,
      where: cacheDir,
      hint: "list what is there with mdp model list",
    });
  }
  return { name: model, commits: revisions.map(({ commit }) => commit), dir: found.dir };
}

/** @returns bytes that are free now */
export function removeFromHub(model: string, environment: Environment = process.env): number {
  const { dir, commits } = removableFromHub(model, environment);
  const { cacheDir } = hubEnvironment(environment);
  const cached = cachedModels(cacheDir).find((one) => one.dir === dir)!;
  return removeRevisions(cacheDir, cached, new Set(commits));
}
