/** Where a model lies on disk, by its name or path. */
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { userCacheDir } from "../core/cache-dir.ts";
import { MdpError } from "../core/errors.ts";
import { unpackAssets } from "../core/unpack.ts";
import { cachedSnapshot, modelDir } from "./hub/cache.ts";
import { hubCacheDir } from "./hub/environment.ts";
import { type ModelId, parseModelId } from "./hub/names.ts";

/** The model whose files are embedded in the executable and put in place by the set-up. */
/** What a model is called by its setting: the last part of a path, or the name itself. */
export function modelName(setting: string): string {
  return setting.split(/[/\\]/).findLast((part) => part !== "") ?? setting;
}

export const DEFAULT_MODEL = "all-MiniLM-L6-v2";

export interface FoundModel {
  dir: string;
  /** The files are those embedded in the executable. */
  embedded: boolean;
}

export interface FindModelOptions {
  environment?: Readonly<Record<string, string | undefined>>;
  /** Unpacks the embedded model; undefined where none is embedded. */
  embedded?: () => string | undefined;
  /** Folder that holds `.models/`; null in a compiled executable, which has no repository. */
  repository?: string | null;
}

/**
 * A path (it has a `/`, or is `.`) is taken as it is. A name is looked for in the executable, in the model cache
 * (`$MDP_MODELS`, else `models/` in the user's cache folder), then in the repository when running from source, then in the
 * current folder; the id of a model on the hub (`org/name`, `org/name@revision`) last in the hub's cache.
 */
export function findModel(name: string, options: FindModelOptions = {}): FoundModel {
  const { environment = process.env, embedded = () => unpackAssets("model"), repository = repositoryDir() } = options;
  if (name === DEFAULT_MODEL) {
    const dir = embedded();
    if (dir !== undefined) return { dir, embedded: true };
  }
  const folders = modelFolders({ environment, repository });
  const places = folders.map((folder) => join(folder, name));
  if (/[/\\]|^\.+$/.test(name)) places.unshift(resolve(name.replace(/^~(?=\/)/, homedir())));
  else places.push(resolve(name));
  // Older embedding models keep config.json in a folder of its own.
  const isModel = (place: string) => ["config.json", "modules.json"].some((file) => existsSync(join(place, file)));
  const dir = places.find(isModel);
  if (dir !== undefined) return { dir, embedded: false };
  const id = hubId(name);
  if (id !== undefined) {
    const cacheDir = hubCacheDir(environment);
    const snapshot = cachedSnapshot(cacheDir, id);
    if (snapshot !== undefined) return { dir: snapshot, embedded: false };
    places.push(modelDir(cacheDir, id.repo));
  }
  if (name.endsWith(".gguf") && existsSync(name)) throw ggufFile(name);
  throw new MdpError({
    code: "model-not-found",
    message: `the model "${name}" was not found; tried ${places.join(", ")}`,
    hint: nextStep(name, id, folders[0]!, repository),
  });
}

function ggufFile(name: string): MdpError {
  return new MdpError({
    code: "model-unsupported",
    message: "a GGUF file is not a model's folder",
    where: name,
    hint: `make a folder of it with mdp model convert --model ${name} --mlx-path DIR`,
  });
}

/** Only ids with an organisation: a bare name stays with the model cache. */
function hubId(name: string): ModelId | undefined {
  const id = parseModelId(name);
  return id?.repo.includes("/") ? id : undefined;
}

function nextStep(name: string, id: ModelId | undefined, folder: string, repository: string | null): string {
  if (name === DEFAULT_MODEL && repository !== null) return "run scripts/setup.sh";
  if (id !== undefined) return `download it with mdp model get ${name}, or give a folder's path`;
  return `put the model's folder at ${join(folder, name)}, or give its path`;
}

/** The folders in which names are looked for, in this order; each holds one folder per model. */
export function modelFolders(options: Pick<FindModelOptions, "environment" | "repository"> = {}): string[] {
  const { environment = process.env, repository = repositoryDir() } = options;
  const cache = environment.MDP_MODELS ? resolve(environment.MDP_MODELS) : join(userCacheDir(), "models");
  return repository === null ? [cache] : [cache, join(repository, ".models")];
}

/** A compiled executable's modules live in Bun's virtual file system. */
function repositoryDir(): string | null {
  return import.meta.dir.startsWith("/$bunfs/") ? null : resolve(import.meta.dir, "../..");
}
