/** Finding, creating and recognising the table. */
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { MdpError } from "../core/errors.ts";
import type { EmbedderDescription } from "../core/ports.ts";
import type { LanceDB } from "./lancedb.ts";
import type { Mapper } from "./mappers/mapper.ts";
import { columnsOf, FORMAT, labelFromMetadata, labelToMetadata, tableSchema } from "./schema.ts";
import { checkVectorType, type VectorType } from "./vector-types.ts";

/** What the name of a table's folder ends in. */
const ENDING = ".lance";

/**
 * True when the store's folder holds a version of the table. A process that was killed while it made the table leaves
 * a folder without one.
 */
export function hasTable(dir: string, name: string): boolean {
  const versions = join(dir, `${name}${ENDING}`, "_versions");
  return existsSync(versions) && readdirSync(versions).some((name) => name.endsWith(".manifest"));
}

/** Names of the tables in the store's folder, sorted. */
export function tableNames(dir: string): string[] {
  if (!existsSync(dir)) return [];
  return readdirSync(dir)
    .filter((name) => name.endsWith(ENDING))
    .map((name) => name.slice(0, -ENDING.length))
    .filter((name) => hasTable(dir, name))
    .sort();
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
  name: string,
  mapper: Mapper,
  embedder: EmbedderDescription,
  vectorType: VectorType = "float32",
): Promise<LanceDB.Table> {
  checkVectorType(vectorType, embedder.dimension);
  const schema = tableSchema(mapper, embedder.dimension, labelToMetadata(embedder, mapper), vectorType);
  try {
    return await connection.createEmptyTable(name, schema);
  } catch (error) {
    if (!hasTable(dir, name)) throw error;
    return connection.openTable(name);
  }
}

/** The embedder that wrote the table. @throws MdpError when the table cannot be used, or was written by another one */
export async function embedderOf(
  table: LanceDB.Table,
  dir: string,
  mapper: Mapper,
  wanted: EmbedderDescription | undefined,
): Promise<EmbedderDescription> {
  const schema = await table.schema();
  const label = labelFromMetadata(schema.metadata);
  if (!label || label.format > FORMAT) {
    throw new MdpError({
      code: label ? "store-newer" : "store-foreign",
      message: label
        ? `the table has format ${label.format}, this program knows formats up to ${FORMAT}`
        : `the table "${table.name}" was not made by this program`,
      where: dir,
      hint: label
        ? "update mdp, or move the .mdp folder away and ingest again"
        : "move the .mdp folder away and ingest again",
    });
  }
  const present = new Set(schema.fields.map(({ name }) => name));
  const missing = columnsOf(mapper).filter(({ name }) => !present.has(name));
  if (missing.length > 0) {
    throw new MdpError({
      code: "store-columns",
      message: `the table "${table.name}" was made by the mapper "${label.mapper}" and has no columns ${missing.map(({ name }) => name).join(", ")}`,
      where: dir,
      hint: "give the engine another name, or move the .mdp folder away and ingest again",
    });
  }
  if (wanted && wanted.fingerprint !== label.embedder.fingerprint) throw mismatch(label.embedder, wanted, dir);
  return label.embedder;
}

/** @throws MdpError when a table that is there stores vectors in another way than the one that was asked for */
export function checkStoredAs(wanted: VectorType | undefined, stored: VectorType, name: string, dir: string): void {
  if (wanted === undefined || wanted === stored) return;
  throw new MdpError({
    code: "vector-type",
    message: `the table "${name}" stores vectors as ${stored}, this run asks for ${wanted}`,
    where: dir,
    hint: `mdp index rebuild stores them as ${wanted}; or set vectorType: ${stored}, or leave it out`,
  });
}

function mismatch(stored: EmbedderDescription, wanted: EmbedderDescription, dir: string): MdpError {
  const shown = ({ name, dimension, fingerprint }: EmbedderDescription) =>
    `"${name}" (${dimension} dimensions, fingerprint ${fingerprint.slice(0, 12)})`;
  return new MdpError({
    code: "embedder-mismatch",
    message: `the table was written with the embedder ${shown(stored)}, this run uses ${shown(wanted)}`,
    where: dir,
    hint: `${wayBack(stored, wanted)}; or, for ${stored.name === wanted.name ? "this run's vectors" : wanted.name}: mdp index rebuild --vectors, then ingest again`,
  });
}

/** What makes a run's embedder the one of the table. */
function wayBack(stored: EmbedderDescription, wanted: EmbedderDescription): string {
  if (stored.name !== wanted.name) return `use --model ${stored.name}`;
  const flags = [
    ...(stored.dimension === wanted.dimension ? [] : [`--dim ${stored.dimension}`]),
    ...(stored.dtype === wanted.dtype ? [] : [`--dtype ${stored.dtype}`]),
  ];
  return flags.length > 0 ? `use ${flags.join(" ")}` : "the model's files have changed: put the former ones back";
}
