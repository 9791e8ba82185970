/** What made a passage: file and lines, format, chunker, engine, model, and the settings of the run that wrote it. */
import * as v from "valibot";
import { Settings } from "../config/schema.ts";
import { type Project, tablesDir } from "../core/project.ts";
import { chunkerFor } from "../ingest/chunkers/index.ts";
import type { Listing } from "../manifest/listing.ts";
import { StatementCalls } from "../store/statement-calls.ts";
import type { Engine } from "./engines/engine.ts";
import { openEngines } from "./engines/resolve.ts";
import { type FileNow, fileNow } from "./file-now.ts";
import type { Found, Passages } from "./find-passages.ts";

export interface RunFacts {
  id: string;
  started: string;
  outcome: string;
  /** As they were given to `mdp ingest`. */
  inputs: string[];
  /** Version of mdp; null for runs that did not note it. */
  mdp: string | null;
}

export interface PassageOrigin {
  id: string;
  path: string;
  /** The document: the file's uri, with an anchor for a row or a member of an archive. */
  uri: string;
  startLine: number;
  endLine: number;
  page: number | null;
  row: number | null;
  headings: string[];
  /** Its place among the document's passages, from 1, and their number. */
  position: number;
  passages: number | null;
  tokens: number;
  /** Whether the model saw only its beginning. */
  truncated: boolean;
  /** Format that read the file. */
  format: string;
  engine: string;
  table: string;
  /** Null where the run's settings do not tell. */
  chunker: string | null;
  chunkTokens: number | null;
  overlapTokens: number | null;
  model: { name: string; fingerprint: string; dimension: number; pooling: string } | null;
  root: string;
  file: FileNow;
  /** The run that wrote it last; null when the state does not tell. */
  run: RunFacts | null;
}

interface Sources {
  project: Project;
  listing: Listing;
  passages: Passages;
}

/** A function that tells where passages are from. */
export function passageOrigin({ project, listing, passages }: Sources): (found: Found) => Promise<PassageOrigin> {
  const engines = new Map<string, Promise<readonly Engine[]>>();
  const enginesOf = (run: string) => {
    const known = engines.get(run) ?? enginesOfRun(listing, run);
    engines.set(run, known);
    return known;
  };
  return async ({ item, table, record }) => {
    const document = listing.document(record.doc);
    const run = document?.run ?? item.run;
    const engine = (await enginesOf(run)).find(({ name }) => name === table.engine);
    const embedder = (await passages.store(table)).embedder;
    const { id, path, doc: uri, startLine, endLine, page, row, headings, tokens, truncated, kind, root } = record;
    return {
      ...{ id, path, uri, startLine, endLine, page, row, headings },
      position: record.seq + 1,
      passages: document?.chunks ?? null,
      tokens,
      truncated,
      format: kind,
      engine: table.engine,
      table: table.name,
      chunker: engine ? chunkerOf(engine, kind, project, item.uri) : null,
      chunkTokens: engine?.chunkTokens ?? null,
      overlapTokens: engine?.overlapTokens ?? null,
      model: embedder && {
        name: embedder.name,
        fingerprint: embedder.fingerprint,
        dimension: embedder.dimension,
        pooling: embedder.pooling,
      },
      root,
      file: await fileNow(project, item),
      run: runFacts(listing, run),
    };
  };
}

/** The engines as the run had them; none when its settings are of a version that this one does not understand. */
async function enginesOfRun(listing: Listing, run: string): Promise<readonly Engine[]> {
  const recorded = listing.run(run);
  const parsed = recorded && v.safeParse(Settings, JSON.parse(recorded.settings));
  if (!parsed?.success) return [];
  return openEngines(parsed.output).catch(() => []);
}

function chunkerOf({ chunker, kind, table }: Engine, format: string, project: Project, item: string): string {
  if (chunker !== undefined) return chunker;
  if (kind.gather && kind.formats.includes(format)) {
    const calls = async () => new StatementCalls({ dir: tablesDir(project), table });
    return kind.gather({ item, calls }).chunker;
  }
  return chunkerFor(format);
}

export function runFacts(listing: Listing, id: string): RunFacts | null {
  const run = listing.run(id);
  if (!run) return null;
  const { started, outcome, inputs } = run;
  return { id, started, outcome, inputs: JSON.parse(inputs) as string[], mdp: run.mdp || null };
}
