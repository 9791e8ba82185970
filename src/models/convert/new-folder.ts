/** A model's folder that appears under its name only when it is complete. */
import { existsSync, realpathSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { dirname, join, resolve, sep } from "node:path";
import { MdpError, messageOf } from "../../core/errors.ts";

export interface NewFolderOptions {
  /** Replace a model that is there. */
  overwrite?: boolean | undefined;
  /** The folder that is read; it must not be written over. */
  source: string;
}

/** @throws MdpError when something is there that must stay */
export function checkNewModelFolder(out: string, { overwrite, source }: NewFolderOptions): void {
  if (!existsSync(out)) return;
  const [from, to] = [realpathSync(source), realpathSync(out)];
  if (from === to || from.startsWith(to + sep)) throw kept(out, "the output folder holds the model that is read");
  if (!overwrite) throw kept(out, "the output folder is there already", "name another, or add --overwrite");
  if (!existsSync(join(out, "config.json")))
    throw kept(out, "only a model is written over, and this folder holds none");
}

/** Fills a folder of another name, which takes its own at the end; nothing is left where `fill` throws. */
export async function makeModelFolder<T>(
  out: string,
  options: NewFolderOptions,
  fill: (dir: string) => Promise<T>,
): Promise<T> {
  checkNewModelFolder(out, options);
  const whole = resolve(out);
  const partial = `${whole}.${process.pid}.partial`;
  const old = `${whole}.${process.pid}.old`;
  await attempt(out, async () => {
    await mkdir(dirname(whole), { recursive: true });
    await mkdir(partial);
  });
  try {
    const result = await fill(partial);
    checkNewModelFolder(out, options);
    await attempt(out, async () => {
      if (existsSync(whole)) await rename(whole, old);
      await rename(partial, whole);
    });
    return result;
  } finally {
    await rm(partial, { recursive: true, force: true });
    await rm(old, { recursive: true, force: true });
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
