/** How vectors leave: row by row in input order, to a file or a stream. */

export interface VectorWriterOptions {
  /** Numbers of one vector. */
  dimension: number;
}

export interface VectorWriter {
  /** Appends `ids.length` rows; `vectors` is row-major `[ids.length, dimension]`. */
  write(ids: readonly (string | number)[], vectors: Float32Array): Promise<void>;
  /** Completes the file and puts it in place. */
  close(): Promise<void>;
  /** Gives up and leaves nothing behind. */
  abort(): Promise<void>;
}

/** Opens a writer for a file; it appears under its name when it is complete. */
export type OpenVectorWriter = (path: string, options: VectorWriterOptions) => Promise<VectorWriter>;
