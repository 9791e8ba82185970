/** What a mapper is: the columns that one kind of table has beside those that every table has. */
import type { Column } from "../schema.ts";

/** A row's values of these columns stand in `ChunkRecord.fields`, by column name. */
export interface Mapper {
  name: string;
  columns: readonly Column[];
}
