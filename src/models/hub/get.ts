/** A model of the hub into the cache, or out of it when there is no network to ask. */
import { existsSync, mkdirSync, statSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { basename, join } from "node:path";
import { MdpError } from "../../core/errors.ts";
import { Stream } from "../../core/stream.ts";
import { cachedSnapshot, linkBlob, modelDir, prepareCache, snapshotDir, snapshotFiles, writeRef } from "./cache.ts";
import { downloadBlob, incompletePath } from "./download.ts";
import type { HubEnvironment } from "./environment.ts";
import { fetchListing, type RemoteFile } from "./listing.ts";
import { lockWhenFree } from "./lock.ts";
import { type ModelId, safeParts } from "./names.ts";
import { type FilePatterns, fileFilter } from "./patterns.ts";
import type { HubClient } from "./request.ts";

export interface GetRequest extends HubEnvironment, FilePatterns {
  id: ModelId;
  token: string | undefined;
  signal: AbortSignal;
  /** Files at once. */
  parallel?: number;
  backoffMs?: number;
  answerMs?: number;
  idleMs?: number;
  onProgress?: ((progress: GetProgress) => void) | undefined;
  /** Another process downloads the same model; it is waited for. */
  onWait?: (() => void) | undefined;
}

export interface GetProgress {
  /** Bytes that are here, of all files. */
  bytes: number;
  total: number;
  files: number;
}

export interface GetReport {
  model: string;
  /** The commit, which names the contents once and for all. */
  commit: string;
  dir: string;
  files: number;
  bytes: number;
  /** Bytes that were not here before. */
  downloaded: number;
  /** Without asking the hub. */
  offline: boolean;
}

const PARALLEL = 4;
/** Room that is left on the disk for everybody else. */
const RESERVE_BYTES = 2 ** 24;

/** @throws MdpError when it is not on the hub, not for this account, not what the hub promised, or there is no room */
export async function getModel(get: GetRequest): Promise<GetReport> {
  if (get.offline) return fromCache(get);
  const client: HubClient = {
    endpoint: get.endpoint,
    token: get.token,
    signal: get.signal,
    backoffMs: get.backoffMs ?? 500,
    answerMs: get.answerMs ?? 30_000,
    idleMs: get.idleMs ?? 30_000,
  };
  const remote = await fetchListing(client, get.id, fileFilter(get));
  if (remote.files.length === 0) {
    throw new MdpError({
      code: "hub-not-found",
      message: `${get.id.repo} has no file that was asked for (${get.include.join(", ")})`,
      where: `${get.endpoint}/${get.id.repo}`,
      hint: 'name other files with --include, such as "*"',
    });
  }
  const dir = modelDir(get.cacheDir, get.id.repo);
  prepareCache(get.cacheDir);
  using _lock = await lockWhenFree(get.cacheDir, dir, get);
  mkdirSync(join(dir, "blobs"), { recursive: true });
  const blobOf = (file: RemoteFile) => join(dir, "blobs", file.hash);
  await checkRoom(dir, remote.files, blobOf);
  const snapshot = snapshotDir(dir, remote.commit);
  const downloaded = await fetchFiles(get, client, remote.commit, remote.files, blobOf);
  for (const file of remote.files) linkBlob(blobOf(file), join(snapshot, ...safeParts(file.name, snapshot)));
  // Last: who follows the branch finds a whole snapshot.
  writeRef(dir, get.id.revision ?? "main", remote.commit);
  const bytes = remote.files.reduce((sum, file) => sum + file.size, 0);
  const report = { model: get.id.repo, commit: remote.commit, dir: snapshot, files: remote.files.length, bytes };
  return { ...report, downloaded, offline: false };
}

/** @returns bytes that were not here before */
async function fetchFiles(
  get: GetRequest,
  client: HubClient,
  commit: string,
  files: readonly RemoteFile[],
  blobOf: (file: RemoteFile) => string,
): Promise<number> {
  // Two files with the same contents are one blob.
  const blobs = [...new Map(files.map((file) => [file.hash, file])).values()];
  const total = blobs.reduce((sum, file) => sum + file.size, 0);
  const here = new Map(
    blobs.map((file) => [file.hash, sizeOf(blobOf(file)) ?? sizeOf(incompletePath(blobOf(file))) ?? 0]),
  );
  const before = sum(here);
  const report = () => get.onProgress?.({ bytes: sum(here), total, files: files.length });
  report();
  // One failure ends all: the others stop with what they have.
  const failed = new AbortController();
  const sharing = { ...client, signal: AbortSignal.any([client.signal, failed.signal]) };
  const missing = blobs.filter((file) => sizeOf(blobOf(file)) !== file.size);
  const work = async (file: RemoteFile) => {
    const name = file.name.split("/").map(encodeURIComponent).join("/");
    const path = `/${get.id.repo}/resolve/${commit}/${name}`;
    const onBytes = (bytes: number) => {
      here.set(file.hash, bytes);
      report();
    };
    try {
      await downloadBlob(sharing, { file, path, blob: blobOf(file), onBytes });
    } catch (error) {
      failed.abort(error);
      throw failed.signal.reason;
    }
  };
  await Stream.from(missing)
    .mapConcurrent(get.parallel ?? PARALLEL, work)
    .forEach(() => {});
  return Math.max(0, sum(here) - before);
}

function fromCache(get: GetRequest): GetReport {
  const dir = cachedSnapshot(get.cacheDir, get.id);
  if (dir !== undefined) {
    const files = snapshotFiles(dir);
    const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
    return { model: get.id.repo, commit: basename(dir), dir, files: files.length, bytes, downloaded: 0, offline: true };
  }
  throw new MdpError({
    code: "hub-offline",
    message: `${get.id.repo}${get.id.revision ? ` at ${get.id.revision}` : ""} is not in the cache, and HF_HUB_OFFLINE forbids to ask the hub`,
    where: modelDir(get.cacheDir, get.id.repo),
    hint: "unset HF_HUB_OFFLINE, or copy the model's folder there",
  });
}

async function checkRoom(
  dir: string,
  files: readonly RemoteFile[],
  blobOf: (file: RemoteFile) => string,
): Promise<void> {
  const missing = new Map(
    files
      .filter((file) => sizeOf(blobOf(file)) !== file.size)
      .map((file) => [file.hash, Math.max(0, file.size - (sizeOf(incompletePath(blobOf(file))) ?? 0))]),
  );
  const { bavail, bsize } = await statfs(dir);
  const free = bavail * bsize - RESERVE_BYTES;
  if (sum(missing) <= free) return;
  throw new MdpError({
    code: "disk-full",
    message: `${sum(missing)} bytes are to be loaded, and the disk has room for ${Math.max(0, free)}`,
    where: dir,
    hint: "make room there, or choose another place with HF_HUB_CACHE",
  });
}

function sizeOf(path: string): number | undefined {
  return existsSync(path) ? statSync(path).size : undefined;
}

function sum(sizes: ReadonlyMap<string, number>): number {
  let total = 0;
  for (const size of sizes.values()) total += size;
  return total;
}
