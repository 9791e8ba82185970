/** The tables of executions that engines keep beside their own, opened when something has to be done with them. */
import { StatementCalls } from "../../store/statement-calls.ts";
import type { Engine } from "../engines/engine.ts";

export class CallsOfEngines implements AsyncDisposable {
  readonly #dir: string;
  readonly #engines: readonly Engine[];
  readonly #tables = new Map<string, StatementCalls>();

  constructor(dir: string, engines: readonly Engine[]) {
    this.#dir = dir;
    this.#engines = engines.filter(({ kind }) => kind.gather !== undefined);
  }

  async of({ table }: Pick<Engine, "table">): Promise<StatementCalls> {
    const calls = this.#tables.get(table) ?? new StatementCalls({ dir: this.#dir, table });
    this.#tables.set(table, calls);
    return calls;
  }

  /** Deletes the executions of items, but for those in the tables of some engines. */
  async drop(items: readonly string[], except: readonly Engine[] = []): Promise<void> {
    for (const engine of this.#engines) {
      const calls = await this.of(engine);
      if (calls.exists && !except.includes(engine)) await calls.deleteItems(items);
    }
  }

  /** Looks after the table of an engine, by its name. */
  async maintain(name: string): Promise<void> {
    const engine = this.#engines.find((each) => each.name === name);
    if (engine) await (await this.of(engine)).maintain();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const calls of this.#tables.values()) await calls[Symbol.asyncDispose]();
    this.#tables.clear();
  }
}
