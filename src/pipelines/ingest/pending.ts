/** What an ingest would find to do: files are looked at, nothing is read, embedded or written. */
import type { Settings } from "../../config/schema.ts";
import { sha256File } from "../../core/hash.ts";
import { type Project, tablesDir } from "../../core/project.ts";
import { type ItemRow, type ScanRow, State } from "../../manifest/state.ts";
import { hasTable } from "../../store/table.ts";
import { openEngines } from "../engines/resolve.ts";
import { routerOf } from "../engines/route.ts";
import { selectEngine } from "../engines/select.ts";
import { type Currency, currencyOf } from "./currency.ts";
import { Externals } from "./externals.ts";
import { mayRemove, scanInputs } from "./scan.ts";

export interface PendingRequest {
  project: Project;
  settings: Settings;
  /** Files, folders and globs; no sources, whose content is known only once they ran. */
  inputs: readonly string[];
  type: string | undefined;
  signal: AbortSignal;
}

export interface Pending {
  fresh: number;
  /** With another content, or to be read in another way. */
  changed: number;
  gone: number;
  /** Inputs that do not exist. */
  missing: number;
  /** Whether the last run did not end, or a table has been lost. */
  unfinished: boolean;
}

export async function pendingChanges({ project, settings, inputs, type, signal }: PendingRequest): Promise<Pending> {
  const engines = await openEngines(settings);
  const externals = await Externals.open(project, settings);
  const router = routerOf(engines, type === undefined ? undefined : selectEngine(engines, type));
  const currency = currencyOf(settings.ingest, router, externals);
  using state = new State(project.stateDir);
  const scan = await scanInputs({
    project,
    inputs,
    stdin: undefined,
    settings: settings.ingest,
    state,
    signal,
    onFound: () => {},
    ignores: router.ignores,
    externals,
  });
  state.compareScan(currency.isCurrent);
  const pending: Pending = { fresh: 0, changed: 0, gone: 0, missing: scan.missing.length, unfinished: false };
  for (const { scan: found, prior } of state.candidates()) {
    signal.throwIfAborted();
    if (prior === undefined) pending.fresh++;
    else if (!(await isSame(found, prior, currency))) pending.changed++;
  }
  for (const item of state.unseen()) if (mayRemove(item, scan.roots, project)) pending.gone++;
  const lost = state.engines().some(({ engine, chunks }) => {
    const table = engines.find(({ name }) => name === engine)?.table ?? engine;
    return chunks > 0 && !hasTable(tablesDir(project), table);
  });
  pending.unfinished = lost || state.lastRun()?.outcome !== "finished";
  return pending;
}

/** Only touched, or so fresh when it was read that its time said nothing. */
async function isSame(found: ScanRow, prior: ItemRow, currency: Currency): Promise<boolean> {
  if (prior.outcome === "pending" || !currency.isCurrent(prior, found.root) || found.size !== prior.size) return false;
  return (await sha256File(found.absolute).catch(() => "")) === prior.hash;
}
