/** What all tables of a project were made of, as one hash. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { openState } from "./open.ts";

/** SHA-256 over every file's name, content, settings and engines; the same for equal contents, whenever they were read. */
export function contentsHash(stateDir: string): string {
  const hasher = new Bun.CryptoHasher("sha256");
  if (existsSync(join(stateDir, "state.db"))) {
    using database = openState(stateDir);
    const rows = database
      .query("SELECT uri, hash, settings, engine, outcome, documents, chunks FROM item ORDER BY uri")
      .iterate();
    for (const row of rows) hasher.update(`${JSON.stringify(row)}\n`);
  }
  return hasher.digest("hex");
}
