/** Opens the tables of some engines for searching, each with the embedder that a query needs. */
import type { Settings } from "../../config/schema.ts";
import type { Embedder } from "../../core/ports.ts";
import { openEmbedder } from "../../embed/embedder.ts";
import type { SearchSettings } from "../../search/config.ts";
import type { SearchTable } from "../../search/search.ts";
import { openStore } from "../../store/store.ts";
import { hasTable } from "../../store/table.ts";
import type { Engine } from "./engine.ts";
import { chooseModel } from "./model.ts";

export interface OpenTable extends SearchTable {
  embedder: Embedder | null;
  /** Why the embedder is not the one made for the engine, null when it is. */
  note: string | null;
}

export interface OpenTables extends AsyncDisposable {
  /** Those of the engines that have a table. */
  open: OpenTable[];
  /** The engine's own search settings when there is one table, the common ones when there are several. */
  search: SearchSettings;
}

/** @throws MdpError `embedder-mismatch` and what else keeps a table from being searched */
export async function openTables(dir: string, engines: readonly Engine[], settings: Settings): Promise<OpenTables> {
  const filled = engines.filter(({ table }) => hasTable(dir, table));
  const search = filled.length === 1 ? { ...settings.search, ...filled[0]!.search } : settings.search;
  await using opened = new AsyncDisposableStack();
  const embedders = new Map<string, Embedder>();
  const open: OpenTable[] = [];
  for (const engine of filled) {
    const options = { dir, settings: engine.store, table: engine.table, mapper: engine.mapper };
    const { joins = false, alpha } = engine.kind;
    // The text leg alone needs no model, and answers without loading one.
    if (search.mode === "text") {
      const store = opened.use(await openStore(options));
      open.push({ name: engine.name, store, embedder: null, note: null, joins, alpha });
      continue;
    }
    const { settings: model, note } = await modelOf(engine, options, settings);
    const key = JSON.stringify(model);
    const embedder = embedders.get(key) ?? opened.use(await openEmbedder(model));
    embedders.set(key, embedder);
    const store = opened.use(await openStore({ ...options, embedder: embedder.description }));
    open.push({ name: engine.name, store, embedder, note, joins, alpha });
  }
  const all = opened.move();
  return { open, search, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

/** Only for an engine that has a choice, what wrote its table has to be known first. */
async function modelOf(engine: Engine, options: Parameters<typeof openStore>[0], settings: Settings) {
  const asks = engine.model === undefined && engine.kind.model !== undefined;
  await using store = asks ? await openStore(options) : undefined;
  return chooseModel(engine, settings.embed, store?.embedder ?? null);
}
