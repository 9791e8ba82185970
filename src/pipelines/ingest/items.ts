/** Changed files → documents in the writer: hash first, recognise what was only touched or renamed, then read. */
import { stat } from "node:fs/promises";
import type { Document, Read, Reject } from "../../core/document.ts";
import { InterruptedError } from "../../core/errors.ts";
import { sha256File } from "../../core/hash.ts";
import type { TokenCounter } from "../../core/ports.ts";
import { Stream } from "../../core/stream.ts";
import type { IngestSettings } from "../../ingest/config.ts";
import type { Guess } from "../../ingest/formats/format.ts";
import { type ReaderPool, readItem } from "../../ingest/read.ts";
import type { Skip } from "../../ingest/sources/source.ts";
import type { ItemRow, Outcome, ProblemRow, ScanRow, State } from "../../manifest/state.ts";
import type { Engine, Gatherer } from "../engines/engine.ts";
import type { Router } from "../engines/route.ts";
import { type Currency, enginesOf, namesOf } from "./currency.ts";
import type { CallsOfEngines } from "./engine-calls.ts";
import type { Externals } from "./externals.ts";
import { prepareDocument } from "./prepare.ts";
import { GUESSES_SHOWN, type IngestReport, keepFailure } from "./report.ts";
import type { Writer } from "./writer.ts";

/** Files up to this size are read ahead, several at a time; larger ones are streamed one after another. */
const READ_AHEAD_BYTES = 1_000_000;
/** A file written this shortly before it was read may change again within the clock's resolution. */
const RACY_MS = 2_000;

export interface ItemsContext {
  run: string;
  state: State;
  settings: IngestSettings;
  currency: Currency;
  router: Router;
  externals: Externals;
  pool: ReaderPool;
  tokens: (engine: Engine) => Promise<TokenCounter>;
  calls: CallsOfEngines;
  writer: Writer;
  report: IngestReport;
  signal: AbortSignal;
  /** Whether an unseen item may be taken as the former name of a new one. */
  isGone: (item: ItemRow) => boolean;
  onItem: (path: string) => void;
}

interface Candidate {
  scan: ScanRow;
  prior: ItemRow | undefined;
  hash: string;
  /** Collected when the file is small, a live stream when it is large. */
  reads: Read[] | AsyncIterable<Read>;
  /** Why the file was left alone, known once it has been read. */
  skipped?: string;
}

export async function ingestItems(context: ItemsContext): Promise<void> {
  const { state, settings, signal } = context;
  const claimed = new Set<string>();
  const look = (entry: { scan: ScanRow; prior: ItemRow | undefined }) => lookAt(context, entry);
  const candidates = Stream.from(state.candidates()).mapConcurrent(settings.concurrency, look);
  for await (const candidate of candidates) {
    if (signal.aborted) throw new InterruptedError();
    context.onItem(candidate.scan.path);
    const { scan, prior, hash } = candidate;
    if (prior !== undefined && isSame(context, scan, prior, hash)) {
      state.touchItem(scan.uri, scan.size, settledTime(scan));
      countUnchanged(context, prior);
    } else {
      const former = prior === undefined ? formerName(context, scan, hash, claimed) : undefined;
      await ingestItem(context, candidate, former);
    }
  }
}

/** Counts an unchanged item, and among the failing ones when it was refused before. */
function countUnchanged({ state, report, currency }: ItemsContext, prior: ItemRow): void {
  if (prior.outcome === "skipped") {
    countSkipped(report, currency.skippedAs(prior.settings));
    return;
  }
  report.unchanged++;
  if (state.problemsOf(prior.uri).length === 0) return;
  report.stillFailing++;
  report.failed++;
}

/** Only touched: the content and settings are those that are recorded, and all of it was committed. */
function isSame({ state, currency }: ItemsContext, scan: ScanRow, prior: ItemRow | undefined, hash: string): boolean {
  if (prior === undefined || hash === "" || prior.hash !== hash) return false;
  return currency.isCurrent(prior, scan.root) && prior.outcome !== "pending" && !state.mayRecover(prior.uri);
}

async function lookAt(context: ItemsContext, entry: { scan: ScanRow; prior: ItemRow | undefined }): Promise<Candidate> {
  const { scan, prior } = entry;
  // An unreadable file has no hash; reading it will say why.
  const hash = await sha256File(scan.absolute).catch(() => "");
  const candidate: Candidate = { ...entry, hash, reads: [] };
  if (isSame(context, scan, prior, hash)) return candidate;
  const item = {
    uri: scan.uri,
    path: scan.absolute,
    shown: scan.path,
    root: scan.root,
    size: scan.size,
    mtimeNs: BigInt(scan.mtime),
  };
  const started = performance.now();
  const { report } = context;
  const external = context.externals.read(scan, context.signal);
  const options = {
    signal: context.signal,
    pool: context.pool,
    statements: true,
    leaveGenerated: context.currency.judges(scan.path, [rootOf(candidate), scan.root]),
    onSkip: ({ reason }: Skip) => {
      candidate.skipped = reason;
    },
    onGuess: (guess: Guess) => {
      if (Object.keys(report.guesses).length < GUESSES_SHOWN) report.guesses[scan.path] = describeGuess(guess);
    },
  };
  const reads = external ?? readItem(item, context.settings, options);
  candidate.reads = scan.size <= READ_AHEAD_BYTES ? await Array.fromAsync(reads) : reads;
  report.seconds.read += (performance.now() - started) / 1000;
  return candidate;
}

async function ingestItem(context: ItemsContext, candidate: Candidate, former: ItemRow | undefined): Promise<void> {
  const { scan, prior, hash } = candidate;
  const { writer, report, state, signal } = context;
  const root = rootOf(candidate);
  const rejects: Reject[] = [];
  const engines = new Set<Engine>();
  const kinds = new Set<string>();
  const gatherers = new Map<Engine, Gatherer>();
  let documents = 0;
  const add = async (document: Document, engine: Engine, chunker = engine.chunker) => {
    const formerUri = former === undefined ? undefined : former.uri + document.uri.slice(scan.uri.length);
    const tokens = await context.tokens(engine);
    for await (const part of prepareDocument(document, scan, root, tokens, { ...engine, chunker })) {
      await writer.add(part, engine, scan, formerUri);
    }
  };
  for await (const read of candidate.reads) {
    if (signal.aborted) throw new InterruptedError();
    if ("reject" in read) {
      rejects.push(read.reject);
      continue;
    }
    documents++;
    const engine = context.router.route(scan.path, read.document.kind);
    engines.add(engine);
    kinds.add(read.document.kind);
    if (!engine.kind.gather || !isGathered(engine, read.document.kind)) {
      await add(read.document, engine);
      continue;
    }
    const told = { item: scan.uri, calls: () => context.calls.of(engine) };
    const gatherer = gatherers.get(engine) ?? engine.kind.gather(told);
    gatherers.set(engine, gatherer);
    await gatherer.add(read.document);
  }
  for (const [engine, gatherer] of gatherers) {
    for await (const document of gatherer.documents()) {
      if (signal.aborted) throw new InterruptedError();
      await add(document, engine, engine.chunker ?? gatherer.chunker);
    }
  }
  const complete = rejects.every((r) => r.row !== undefined);
  if (prior !== undefined && complete) await context.calls.drop([scan.uri], [...gatherers.keys()]);
  if (former !== undefined) await context.calls.drop([former.uri]);
  const taking = enginesOf(engines);
  const sortedKinds = [...kinds].sort();
  const outcome = outcomeOf(candidate, documents, rejects);
  if (candidate.skipped !== undefined) countSkipped(report, candidate.skipped);
  const still = prior?.hash === hash && areKnown(rejects, state.problemsOf(scan.uri));
  count(report, scan.path, prior, former, outcome, rejects, still);
  await writer.finish({
    row: {
      uri: scan.uri,
      root,
      path: scan.path,
      size: scan.size,
      mtime: (await unchangedSince(scan)) ? settledTime(scan) : "",
      hash,
      settings: context.currency.settingsOf({
        path: scan.path,
        roots: [root, scan.root],
        kinds: sortedKinds,
        engines: taking,
        skipped: candidate.skipped,
      }),
      outcome,
      run: context.run,
      engine: namesOf(taking),
      kind: sortedKinds.join(","),
    },
    problems: rejects,
    complete,
    movedFrom: former?.uri,
  });
}

/** The root that an item belongs to: the first that gave documents of it, or was to. */
function rootOf({ scan, prior }: Pick<Candidate, "scan" | "prior">): string {
  return prior === undefined || prior.outcome === "skipped" ? scan.root : prior.root;
}

/** Whether documents of a format are what the engine gathers: others, forced into it, stay as they are. */
function isGathered({ kind, formats }: Engine, format: string): boolean {
  return kind.formats.includes(format) || (formats?.includes(format) ?? false);
}

/** Whether every reject failed before, in the same row and for the same reason. */
function areKnown(rejects: readonly Reject[], before: readonly ProblemRow[]): boolean {
  const known = new Set(before.map(({ code, row }) => `${code} ${row}`));
  return rejects.every(({ code, row = null }) => known.has(`${code} ${row}`));
}

function outcomeOf(candidate: Candidate, documents: number, rejects: readonly Reject[]): Outcome {
  if (candidate.skipped !== undefined) return "skipped";
  if (rejects.length === 0) return "ok";
  return documents === 0 ? "failed" : "partial";
}

export function countSkipped(report: IngestReport, reason: string, count = 1): void {
  if (count > 0) report.skipped[reason] = (report.skipped[reason] ?? 0) + count;
}

function count(
  report: IngestReport,
  path: string,
  prior: ItemRow | undefined,
  former: ItemRow | undefined,
  outcome: Outcome,
  rejects: readonly Reject[],
  still: boolean,
): void {
  if (rejects.length > 0) report.failed++;
  if (still && rejects.length > 0) {
    report.stillFailing++;
    report.unchanged++;
    return;
  }
  report.rejected += rejects.length;
  for (const reject of rejects) keepFailure(report, path, reject);
  if (outcome === "failed" || outcome === "skipped") return;
  if (former !== undefined) report.moved++;
  else if (prior === undefined || prior.documents === 0) report.added++;
  else report.updated++;
}

/** The recorded item with the same content whose file is gone: this one's former name. */
function formerName(
  { state, currency, isGone }: ItemsContext,
  { path, root }: ScanRow,
  hash: string,
  claimed: Set<string>,
): ItemRow | undefined {
  const former = state
    .itemsWithHash(hash)
    .find((item) => !claimed.has(item.uri) && currency.isCurrent({ ...item, path, root }, root) && isGone(item));
  if (former) claimed.add(former.uri);
  return former;
}

/** The time to remember: none for a file so fresh that a later write could leave the time as it is. */
function settledTime(scan: ScanRow): string {
  const ageMs = Date.now() - Number(BigInt(scan.mtime) / 1_000_000n);
  return ageMs > RACY_MS ? scan.mtime : "";
}

async function unchangedSince(scan: ScanRow): Promise<boolean> {
  try {
    const now = await stat(scan.absolute, { bigint: true });
    return now.size === BigInt(scan.size) && String(now.mtimeNs) === scan.mtime;
  } catch {
    return false;
  }
}

function describeGuess({ textField, idField, titleField, dialect }: Guess): string {
  const parts = [textField === null ? "text from every field" : `text from "${textField}"`];
  if (titleField !== null) parts.push(`title from "${titleField}"`);
  parts.push(idField === null ? "rows known by their number" : `id from "${idField}"`);
  if (dialect !== undefined) parts.push(dialect);
  return parts.join(", ");
}
