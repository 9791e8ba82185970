/**
 * The one place that loads apache-arrow and LanceDB.
 *
 * Both are loaded by `require`, as LanceDB itself loads Arrow: an `import` gives a second copy of Arrow whose classes
 * LanceDB does not recognise, and tables made with it are written as zero rows without an error.
 */

import type * as LanceDB from "@lancedb/lancedb";
import type * as Arrow from "apache-arrow";
import { MdpError, messageOf } from "../core/errors.ts";
import { prepareEnvironment } from "./environment.ts";

export type { Arrow, LanceDB };

let loadedArrow: typeof Arrow | undefined;
let loadedLanceDB: typeof LanceDB | undefined;

/** Apache Arrow, loaded on first use. */
export function arrow(): typeof Arrow {
  loadedArrow ??= require("apache-arrow") as typeof Arrow;
  return loadedArrow;
}

/** LanceDB, loaded on first use (about 150 ms) into a prepared environment. */
export function lancedb(): typeof LanceDB {
  if (!loadedLanceDB) {
    prepareEnvironment();
    try {
      loadedLanceDB = require("@lancedb/lancedb") as typeof LanceDB;
    } catch (cause) {
      throw new MdpError({
        code: "lancedb-missing",
        message: `LanceDB could not be loaded on ${process.platform} ${process.arch}: ${messageOf(cause)}`,
        hint: "LanceDB has builds for Linux x64 and arm64 (glibc) and for macOS arm64; in development run `bun install`",
        cause,
      });
    }
  }
  return loadedLanceDB;
}
