/** Tables of `.mdp/state.db`: what was read, from where, with which settings, into what. */

/** Raised when the tables change; an older file is migrated, a newer one is refused. */
export const STATE_VERSION = 3;

/** What leads from a version to the next one. */
export const MIGRATIONS: Readonly<Record<number, string>> = {
  // Everything was in the one table; of which kind its documents were was not written down.
  1: `
ALTER TABLE item ADD COLUMN engine TEXT NOT NULL DEFAULT '';
ALTER TABLE item ADD COLUMN kind TEXT NOT NULL DEFAULT '';
UPDATE item SET engine = 'documents' WHERE documents > 0;
ALTER TABLE doc ADD COLUMN engine TEXT NOT NULL DEFAULT 'documents';
`,
  2: "ALTER TABLE run ADD COLUMN mdp TEXT NOT NULL DEFAULT '';",
};

export const STATE_TABLES = `
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS run (
  id TEXT PRIMARY KEY, started TEXT NOT NULL, finished TEXT, outcome TEXT NOT NULL,
  inputs TEXT NOT NULL, settings TEXT NOT NULL, report TEXT,
  mdp TEXT NOT NULL DEFAULT ''   -- version of the program
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS item (
  uri TEXT PRIMARY KEY,
  root TEXT NOT NULL,
  path TEXT NOT NULL,          -- relative to the project folder, absolute outside it
  size INTEGER NOT NULL,
  mtime TEXT NOT NULL,         -- nanoseconds since the epoch; '' forces the next run to look at the content
  hash TEXT NOT NULL,          -- SHA-256 of the content, '' when it could not be read
  settings TEXT NOT NULL,      -- hash of the settings that it was read with
  outcome TEXT NOT NULL,       -- pending | ok | failed | partial | skipped
  documents INTEGER NOT NULL,
  chunks INTEGER NOT NULL,
  run TEXT NOT NULL,
  engine TEXT NOT NULL DEFAULT '',  -- names of the engines that hold its documents, by comma; '' when there are none
  kind TEXT NOT NULL DEFAULT ''     -- kinds of its documents in the same form
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS item_hash ON item(hash);
CREATE INDEX IF NOT EXISTS item_root ON item(root);
CREATE INDEX IF NOT EXISTS item_path ON item(path);
CREATE TABLE IF NOT EXISTS doc (uri TEXT PRIMARY KEY, item TEXT NOT NULL, chunks INTEGER NOT NULL, run TEXT NOT NULL, engine TEXT NOT NULL DEFAULT 'documents') WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS doc_item ON doc(item, run);
CREATE TABLE IF NOT EXISTS problem (
  item TEXT NOT NULL, path TEXT NOT NULL, row INTEGER, field TEXT, code TEXT NOT NULL, reason TEXT NOT NULL, hint TEXT, excerpt TEXT
);
CREATE INDEX IF NOT EXISTS problem_item ON problem(item);
CREATE TEMP TABLE scan (
  uri TEXT PRIMARY KEY, root TEXT NOT NULL, path TEXT NOT NULL, absolute TEXT NOT NULL, size INTEGER NOT NULL, mtime TEXT NOT NULL
) WITHOUT ROWID;
CREATE TEMP TABLE same (uri TEXT PRIMARY KEY) WITHOUT ROWID;
`;
