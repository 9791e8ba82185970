/** Passages by what people call them: an id or its beginning, a file, a member of an archive, some lines of either. */
import type { Settings } from "../config/schema.ts";
import { MdpError } from "../core/errors.ts";
import { memberOf } from "../core/member.ts";
import { type Project, tablesDir } from "../core/project.ts";
import type { ChunkRecord } from "../core/record.ts";
import { type ItemRow, namesIn, type State } from "../manifest/state.ts";
import { TableHistory } from "../store/history.ts";
import { isIn, literal } from "../store/sql.ts";
import type { Store } from "../store/store.ts";
import { openStored, type StoredTable, storedTables } from "./engines/stored.ts";
import { itemAt, memberAt, type Place, parsePlace } from "./place.ts";

/** Digits that the beginning of an id needs; an id has 32. */
const LEAST_DIGITS = 6;
const AN_ID = /^[0-9a-f]{6,32}$/i;
/** Passages of one place; those of a larger file are asked for by lines. */
export const MAX_PASSAGES = 10_000;

export interface Found {
  item: ItemRow;
  table: StoredTable;
  record: ChunkRecord;
}

/** What a text names: one passage, or lines of a file. */
export type Named =
  | { id: true; passage: Found }
  | { id: false; item: ItemRow; member: string | undefined; lines: Place["lines"] };

/** A project's tables and state, for looking things up. */
export class Passages implements AsyncDisposable {
  readonly tables: readonly StoredTable[];
  readonly #project: Project;
  readonly #state: State;
  readonly #stores = new Map<StoredTable, Promise<Store>>();

  private constructor(project: Project, state: State, tables: readonly StoredTable[]) {
    this.#project = project;
    this.#state = state;
    this.tables = tables;
  }

  static async open(project: Project, state: State, settings: Settings): Promise<Passages> {
    return new Passages(project, state, await storedTables(project, settings));
  }

  /** A file comes before an id of the same letters. @throws MdpError `not-ingested`, `no-passage`, `id-ambiguous` */
  async named(text: string, cwd: string): Promise<Named> {
    const place = parsePlace(text);
    const member = memberAt(this.#state, this.#project, cwd, place.path);
    if (member) return { id: false, ...member, lines: place.lines };
    if (AN_ID.test(text)) return { id: true, passage: await this.#byId(text.toLowerCase()) };
    // For the error that names the file and the next step.
    return {
      id: false,
      item: itemAt(this.#state, this.#project, cwd, place.path),
      member: undefined,
      lines: place.lines,
    };
  }

  /** The passages of a file or a member of it that lie on some lines, by table, document and place. */
  async of({ item, member, lines }: Extract<Named, { id: false }>, limit = MAX_PASSAGES): Promise<Found[]> {
    const conditions = [
      isIn("item", [item.uri]),
      ...(lines ? [`start_line <= ${lines[1]} AND end_line >= ${lines[0]}`] : []),
    ];
    const engines = new Set(namesIn(item.engine));
    const found: Found[] = [];
    for (const table of this.tables.filter(({ engine }) => engines.has(engine))) {
      const records = await this.#where(table, conditions.join(" AND "), limit);
      for (const record of records) {
        if (member === undefined || memberOf(record.doc) === member) found.push({ item, table, record });
      }
    }
    return found.length === 0 && lines && member === undefined ? this.#executed(item, lines, limit) : found;
  }

  /** The statements that were executed at some lines of a log: each is stored once, at the line where it came first. */
  async #executed(item: ItemRow, [from, to]: [number, number], limit: number): Promise<Found[]> {
    const found: Found[] = [];
    for (const table of this.tables) {
      if (table.calls === undefined) continue;
      await using calls = await TableHistory.open(tablesDir(this.#project), table.calls);
      const at = `${isIn("item", [item.uri])} AND line >= ${from} AND line <= ${to}`;
      const fingerprints = await calls.distinct("fingerprint", at, limit);
      if (fingerprints.length === 0) continue;
      const filter = `${isIn("item", [item.uri])} AND ${isIn("fingerprint", fingerprints)}`;
      const records = await this.#where(table, filter, limit);
      found.push(...records.map((record) => ({ item, table, record })));
    }
    return found;
  }

  store(table: StoredTable): Promise<Store> {
    const store = this.#stores.get(table) ?? openStored(this.#project, table);
    this.#stores.set(table, store);
    return store;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const store of this.#stores.values())
      await store.then(
        (open) => open[Symbol.asyncDispose](),
        () => {},
      );
    this.#stores.clear();
  }

  async #byId(id: string): Promise<Found> {
    const after = (BigInt(`0x${id}`) + 1n).toString(16).padStart(id.length, "0");
    const open = after.length > id.length ? "" : ` AND id < ${literal(after)}`;
    const found: { table: StoredTable; record: ChunkRecord }[] = [];
    for (const table of this.tables) {
      const records = await this.#where(table, `id >= ${literal(id)}${open}`, 3);
      found.push(...records.map((record) => ({ table, record })));
    }
    const [first, ...others] = found;
    if (!first) {
      throw new MdpError({
        code: "no-passage",
        message: `there is neither a file nor a passage "${id}"`,
        hint: `an id is written with at least ${LEAST_DIGITS} digits; mdp search --json prints it`,
      });
    }
    if (others.length > 0) {
      throw new MdpError({
        code: "id-ambiguous",
        message: `several passages' ids begin with "${id}": ${found.map(({ record }) => record.id).join(", ")}`,
        hint: "write more digits",
      });
    }
    const item = this.#state.item(first.record.item);
    if (!item) throw unknownItem(first.record);
    return { item, ...first };
  }

  async #where(table: StoredTable, filter: string, limit: number): Promise<ChunkRecord[]> {
    const snapshot = await (await this.store(table)).snapshot();
    return (await snapshot?.recordsWhere(filter, limit)) ?? [];
  }
}

function unknownItem({ item, id }: ChunkRecord): MdpError {
  return new MdpError({
    code: "state-inconsistent",
    message: `the passage ${id} is of ${item}, of which the project's state knows nothing`,
    hint: "mdp data verify names everything of that kind",
  });
}
