/** Finding, creating and recognising the table. */
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { MdpError } from "../core/errors.ts";
import type { EmbedderDescription } from "../core/ports.ts";
import type { LanceDB } from "./lancedb.ts";
import { FORMAT, labelFromMetadata, labelToMetadata, TABLE, tableSchema } from "./schema.ts";

/**
 * True when the store's folder holds a version of the table. A process that was killed while it made the table leaves
 * a folder without one.
 */
export function hasTable(dir: string): boolean {
  const versions = join(dir, `${TABLE}.lance`, "_versions");
  return existsSync(versions) && readdirSync(versions).some((name) => name.endsWith(".manifest"));
}

/**
 * Refuses a folder that LanceDB cannot use: it percent-encodes control characters, and so would write into a folder of
 * another name; in a place that holds a file it tries again for seconds before it says so.
 */
export function checkFolder(dir: string): void {
  if (/[\0-\x1f\x7f]/.test(dir)) {
    throw new MdpError({
      code: "store-folder",
      message: "the path of the store holds a control character, which LanceDB does not take",
      where: JSON.stringify(dir),
      hint: "rename the folder, or choose another project folder with --project",
    });
  }
  if (statSync(dir, { throwIfNoEntry: false })?.isDirectory() === false) {
    throw new MdpError({
      code: "store-folder",
      message: "the store's folder is in use by a file of that name",
      where: dir,
      hint: "move the file away, or choose another project folder with --project",
    });
  }
}

/** Creates the table, or opens the one that another process has created meanwhile. */
export async function createTable(
  connection: LanceDB.Connection,
  dir: string,
  embedder: EmbedderDescription,
): Promise<LanceDB.Table> {
  const schema = tableSchema(embedder.dimension, labelToMetadata(embedder));
  try {
    return await connection.createEmptyTable(TABLE, schema);
  } catch (error) {
    if (!hasTable(dir)) throw error;
    return connection.openTable(TABLE);
  }
}

/** The embedder that wrote the table. @throws MdpError when the table cannot be used, or was written by another one */
export async function embedderOf(
  table: LanceDB.Table,
  dir: string,
  wanted: EmbedderDescription | undefined,
): Promise<EmbedderDescription> {
  const label = labelFromMetadata((await table.schema()).metadata);
  if (!label || label.format > FORMAT) {
    throw new MdpError({
      code: label ? "store-newer" : "store-foreign",
      message: label
        ? `the table has format ${label.format}, this program knows formats up to ${FORMAT}`
        : `the table "${TABLE}" was not made by this program`,
      where: dir,
      hint: label
        ? "update mdp, or move the .mdp folder away and ingest again"
        : "move the .mdp folder away and ingest again",
    });
  }
  if (wanted && wanted.fingerprint !== label.embedder.fingerprint) throw mismatch(label.embedder, wanted, dir);
  return label.embedder;
}

function mismatch(stored: EmbedderDescription, wanted: EmbedderDescription, dir: string): MdpError {
  const shown = ({ name, dimension, fingerprint }: EmbedderDescription) =>
    `"${name}" (${dimension} dimensions, fingerprint ${fingerprint.slice(0, 12)})`;
  return new MdpError({
    code: "embedder-mismatch",
    message: `the table was written with the embedder ${shown(stored)}, this run uses ${shown(wanted)}`,
    where: dir,
    hint: `use --model ${stored.name}, or move the .mdp folder away and ingest again with ${wanted.name}`,
  });
}
