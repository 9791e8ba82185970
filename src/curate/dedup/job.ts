/** The work of finding copies in pieces: plain data, so that other processes can do them, each with its output file. */

/** Methods that find whole documents, in the order of their numbers in files. */
export const documentMethods = ["exact", "minhash", "simhash"] as const;
export type DocumentMethod = (typeof documentMethods)[number];

/** Methods that find parts of documents, in the order of their numbers in files. */
export const partMethods = ["sentences", "substring"] as const;
export type PartMethod = (typeof partMethods)[number];

interface Base {
  workDir: string;
  /** The job's file. */
  out: string;
}

/** Finds, among the keys of one partition, documents or places that may be copies. */
export interface GroupJob extends Base {
  kind: "group";
  method: DocumentMethod | PartMethod;
  partition: number;
  partitions: number;
  /** Bits of documents, by rank, that earlier stages settled; they are left out. */
  skip: string;
}

/** Compares the documents of ranks `[from, to)` with their candidates, by their texts. */
export interface VerifyJob extends Base {
  kind: "verify";
  method: "minhash" | "simhash";
  from: number;
  to: number;
  inputs: string[];
}

/** Finds where the documents of ranks `[from, to)` are to be cut. */
export interface CutJob extends Base {
  kind: "cut";
  from: number;
  to: number;
  inputs: Record<PartMethod, string[]>;
}

export type DedupJob = GroupJob | VerifyJob | CutJob;

export interface DedupTexts {
  /**
   * The text of a document that was given to the signature writer, by its number (those of `against` from `documents`
   * on); undefined when it cannot be had: the document then counts as a copy of nothing.
   */
  text(document: number): string | undefined;
}
