/** The split of each document: what an earlier run gave it, else what its cluster gets. */
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { sha256 } from "../../core/hash.ts";
import type { ShardSettings } from "../../shard/config.ts";
import { joinLedgers, ledgerEntry, SplitLedger, writeEntries } from "../../shard/split-ledger.ts";
import { contentKey, parseSplits, type Split, splitOf } from "../../shard/splits.ts";
import { type Layout, layoutOf, taskName } from "./layout.ts";
import type { Plan } from "./plan.ts";

const LEDGER = "splits.bin";
/** What the numbers in a ledger mean; a run with other splits assigns anew. */
const MEANING = "splits.json";

const stagedLedger = (layout: Layout) => join(layout.staging, LEDGER);
const taskEntries = (layout: Layout, task: number) => join(layout.staging, "finished", `${taskName(task)}.splits`);
const meaningOf = ({ splits, splitSeed }: ShardSettings) => JSON.stringify({ splits, splitSeed });

/** The ledger that holds for a run: that of the output folder itself, else that of the first earlier output. */
function ledgerFor(layout: Layout, plan: Pick<Plan, "settings">): string | undefined {
  const dirs = [layout.cache, ...plan.settings.dedup.against.map((path) => layoutOf(path).cache)];
  return dirs
    .filter((dir) => existsSync(join(dir, LEDGER)) && existsSync(join(dir, MEANING)))
    .find((dir) => readFileSync(join(dir, MEANING), "utf8") === meaningOf(plan.settings.shard))
    ?.concat("/", LEDGER);
}

/** What an earlier run's ledger adds to what decides on this one; undefined without one. */
export function ledgerHash(layout: Layout, plan: Pick<Plan, "settings">): string | undefined {
  const path = ledgerFor(layout, plan);
  return path === undefined ? undefined : sha256(readFileSync(path));
}

/** Sets the ledger aside for the run: at its end a new one takes its place. */
export function stageLedger(layout: Layout, plan: Plan): void {
  const path = ledgerFor(layout, plan);
  mkdirSync(layout.staging, { recursive: true });
  if (path === undefined) rmSync(stagedLedger(layout), { force: true });
  else copyFileSync(path, stagedLedger(layout));
}

/** Assigns the documents of one task. */
export class SplitAssigner implements Disposable {
  readonly splits: readonly Split[];
  readonly #layout: Layout;
  readonly #seed: number;
  readonly #ledger: SplitLedger | undefined;
  readonly #entries: bigint[] = [];
  /** Documents that an earlier run had put elsewhere than what is now their cluster. */
  joined = 0;

  constructor(layout: Layout, { splits, splitSeed }: ShardSettings) {
    this.#layout = layout;
    this.splits = parseSplits(splits);
    this.#seed = splitSeed;
    const path = stagedLedger(layout);
    this.#ledger = existsSync(path) ? new SplitLedger(path) : undefined;
  }

  /**
   * @param text the document's text as it was read
   * @param leaderText that of the first document of its cluster; the same text when it is alone
   */
  assign(text: string, leaderText: string): number {
    const key = contentKey(text);
    const split = this.#find(key, leaderText);
    this.#entries.push(ledgerEntry(key, split));
    return split;
  }

  /** Notes a document that is removed as a copy: its earlier split may be another than that of the one that stays. */
  noteRemoved(text: string, leaderText: string): void {
    const own = this.#ledger?.splitOf(contentKey(text));
    if (own !== undefined && own !== this.#ofCluster(contentKey(leaderText))) this.joined++;
  }

  write(task: number): void {
    writeEntries(taskEntries(this.#layout, task), BigUint64Array.from(this.#entries));
  }

  /** Whether earlier splits are known: only then are removed documents of interest. */
  get remembers(): boolean {
    return this.#ledger !== undefined;
  }

  [Symbol.dispose](): void {
    this.#ledger?.[Symbol.dispose]();
  }

  #find(key: bigint, leaderText: string): number {
    const own = this.#ledger?.splitOf(key);
    const cluster = this.#ofCluster(contentKey(leaderText));
    if (own !== undefined && own !== cluster) this.joined++;
    return own ?? cluster;
  }

  #ofCluster(leader: bigint): number {
    return this.#ledger?.splitOf(leader) ?? splitOf(leader, this.#seed, this.splits);
  }
}

/** Puts the run's ledger in place of the earlier one; documents of the earlier one stay in it. */
export async function keepLedger(layout: Layout, plan: Plan): Promise<void> {
  const earlier = existsSync(stagedLedger(layout)) ? [stagedLedger(layout)] : [];
  const tasks = [...plan.tasks.keys()].map((task) => taskEntries(layout, task)).filter((path) => existsSync(path));
  await joinLedgers([...earlier, ...tasks], join(layout.cache, LEDGER));
  writeFileSync(join(layout.cache, MEANING), meaningOf(plan.settings.shard));
}
