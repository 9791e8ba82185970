/** A model's folder that appears under its name only when it is complete. */
import { existsSync, readdirSync, realpathSync } from "node:fs";
import { mkdir, rename } from "node:fs/promises";
import { join, resolve, sep } from "node:path";
import { MdpError, messageOf } from "../../core/errors.ts";
import { clearAbandoned, partialPlace, REPLACED } from "../../core/leftovers.ts";

const WEIGHTS = /^model.*\.safetensors$/;

export interface NewFolderOptions {
  /** Replace a model that is there. */
  overwrite?: boolean | undefined;
  /** The folder that is read; it must not be written over. */
  source: string;
}

/** @throws MdpError when something is there that must stay */
export function checkNewModelFolder(out: string, { overwrite, source }: NewFolderOptions): void {
  // An empty name is the current folder, which `existsSync` does not know.
  const whole = resolve(out);
  if (!existsSync(whole)) return;
  const [from, to] = [realpathSync(source), realpathSync(whole)];
  if (from === to || from.startsWith(to + sep)) throw kept(whole, "the output folder holds the model that is read");
  if (!overwrite) throw kept(whole, "the output folder is there already", "name another, or add --overwrite");
  const isModel = existsSync(join(whole, "config.json")) && readdirSync(whole).some((name) => WEIGHTS.test(name));
  if (!isModel) throw kept(whole, "only a model is written over, and this folder holds none");
}

/**
 * Fills a folder of another name, which takes its own at the end; nothing is left where `fill` throws. What a killed
 * process left of the same folder is removed, and a model that it was about to replace is put back.
 */
export async function makeModelFolder<T>(
  out: string,
  options: NewFolderOptions,
  fill: (dir: string) => Promise<T>,
): Promise<T> {
  const whole = resolve(out);
  await attempt(out, async () => clearAbandoned(whole));
  checkNewModelFolder(out, options);
  using partial = partialPlace(whole);
  await attempt(out, () => mkdir(partial.path, { recursive: true }));
  const result = await fill(partial.path);
  checkNewModelFolder(out, options);
  await attempt(out, () => putInPlace(partial.path, whole));
  return result;
}

async function putInPlace(partial: string, whole: string): Promise<void> {
  if (!existsSync(whole)) return await rename(partial, whole);
  using old = partialPlace(whole, REPLACED);
  await rename(whole, old.path);
  try {
    await rename(partial, whole);
  } catch (error) {
    await rename(old.path, whole);
    throw error;
  }
}

async function attempt(out: string, work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (cause) {
    throw new MdpError({
      code: "output-unwritable",
      message: `the output folder cannot be made (${messageOf(cause)})`,
      where: out,
      hint: "choose another place",
      cause,
    });
  }
}

function kept(where: string, message: string, hint = "name another folder"): MdpError {
  return new MdpError({ code: "exists", message, where, hint });
}
