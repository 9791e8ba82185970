/** Operations that read files which samples name. */
import { join } from "node:path";
import { MdpError, messageOf } from "../../../core/errors.ts";
import { bytesOf, textOf, vector } from "../array.ts";
import { parseNpy } from "../npy.ts";
import { arrayAt, type Op } from "../sample.ts";
import { readTarFile, type TarFile, tarFiles } from "../tar.ts";
import { type OutputKey, withKey } from "./keys.ts";

export interface FileOptions extends OutputKey {
  /** The folder that names are relative to. */
  prefix?: string;
}

export interface TarOptions {
  /** Goes before the name that is looked up in the archive. */
  prefix?: string;
  /** The folder that the archive's name is relative to. */
  tarPrefix?: string;
  /** The first argument is the key that holds the archive's name, not the name. */
  fromKey?: boolean;
  /** Archives within the archive are folders. */
  nested?: boolean;
}

export const fileOps = {
  /** Reads the file that a key names. */
  loadFile(key: string, { prefix = "", outputKey = key }: FileOptions = {}): Op {
    return async (sample) =>
      withKey(sample, outputKey, vector(await bytesAt(join(prefix, textOf(arrayAt(sample, key))))));
  },

  /** Reads the array of an .npy file, or with `fromMemory` of its bytes. */
  loadNumpy(
    key: string,
    { prefix = "", fromMemory = false, outputKey = key }: FileOptions & { fromMemory?: boolean } = {},
  ): Op {
    return async (sample) => {
      const value = arrayAt(sample, key);
      const where = fromMemory ? `the array "${key}"` : join(prefix, textOf(value));
      const bytes = fromMemory ? bytesOf(value) : await bytesAt(where);
      return withKey(sample, outputKey, parseNpy(bytes, where));
    };
  },

  /** Reads the file of a tar archive that `ikey` names into `okey`; each archive is looked through once. */
  readFromTar(tarkey: string, ikey: string, okey: string, options: TarOptions = {}): Op {
    const { prefix = "", tarPrefix = "", fromKey = false, nested = false } = options;
    const archives = new Map<string, Map<string, TarFile>>();
    return (sample) => {
      const path = join(tarPrefix, fromKey ? textOf(arrayAt(sample, tarkey)) : tarkey);
      let files = archives.get(path);
      if (!files) {
        files = new Map(tarFiles(path, nested).map((file) => [file.name, file]));
        archives.set(path, files);
      }
      const name = join(prefix, textOf(arrayAt(sample, ikey)));
      const file = files.get(name);
      if (file) return withKey(sample, okey, vector(readTarFile(path, file)));
      throw new MdpError({ code: "file-not-in-tar", message: `the archive has no file "${name}"`, where: path });
    };
  },
};

async function bytesAt(path: string): Promise<Uint8Array> {
  try {
    return await Bun.file(path).bytes();
  } catch (cause) {
    throw new MdpError({
      code: "file-unreadable",
      message: `the file cannot be read (${messageOf(cause)})`,
      where: path,
      hint: "set `prefix` to the folder that the names are relative to",
      cause,
    });
  }
}
