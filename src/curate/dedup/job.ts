/** The work of finding copies in pieces: plain data, so that other processes can do them, each with its output file. */

/** Methods that find whole documents; the others find parts of them. */
export type DocumentMethod = "exact" | "minhash";

/** Finds, among the keys of one partition, documents that may be copies. */
export interface GroupJob {
  kind: "group";
  method: DocumentMethod;
  workDir: string;
  partition: number;
  partitions: number;
  out: string;
}

/** Compares the documents of ranks `[from, to)` with their candidates, by their texts. */
export interface VerifyJob {
  kind: "verify";
  method: DocumentMethod;
  workDir: string;
  from: number;
  to: number;
  inputs: string[];
  out: string;
}

export type DedupJob = GroupJob | VerifyJob;

export interface DedupTexts {
  /**
   * The text of a document that was given to the signature writer, by its number (those of `against` from `documents`
   * on); undefined when it cannot be had: the document then counts as a copy of nothing.
   */
  text(document: number): string | undefined;
}
