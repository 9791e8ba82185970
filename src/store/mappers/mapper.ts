/** What a mapper is: the columns that one kind of table has beside those that every table has. */
import type { ChunkRecord } from "../../core/record.ts";
import type { Column } from "../schema.ts";

/** A row's values of these columns stand in `ChunkRecord.fields`, by column name. */
export interface Mapper {
  name: string;
  columns: readonly Column[];
  /** Words beside title, headings and path that full text finds a record by, e.g. the tables that a statement names. */
  words?: (record: ChunkRecord) => readonly string[];
  /** What parts of identifiers count in full text beside a passage's own words; 0.1 when it is left out. */
  wordsWeight?: number;
}
