/** Items that are gone: their chunks leave the store first, their rows after. */
import type { ItemRow, State } from "../../manifest/state.ts";
import type { Store } from "../../store/store.ts";
import type { CallsOfEngines } from "./engine-calls.ts";
import { metaKey } from "./meta.ts";
import { count, type IngestReport } from "./report.ts";

const REMOVE_ITEMS = 500;

export async function removeUnseen(context: {
  state: State;
  store: (engine: string) => Promise<Store>;
  calls: CallsOfEngines;
  report: IngestReport;
  isGone: (item: ItemRow) => boolean;
}): Promise<void> {
  const { state, store, calls, report, isGone } = context;
  let gone: ItemRow[] = [];
  const remove = async () => {
    const stored = new Map<string, string[]>();
    for (const { uri } of gone) {
      for (const engine of new Set(state.documentsOf(uri).map((document) => document.engine))) {
        stored.set(engine, [...(stored.get(engine) ?? []), uri]);
      }
    }
    for (const [engine, items] of stored) {
      state.setMeta(metaKey("index", engine), "due");
      count(report, engine, { removed: await (await store(engine)).deleteItems(items) });
    }
    await calls.drop(gone.map(({ uri }) => uri));
    state.transaction(() => {
      for (const item of gone) state.removeItem(item.uri);
    });
    report.deleted += gone.filter((item) => item.documents > 0 || item.outcome === "ok").length;
    gone = [];
  };
  for (const item of state.unseen()) {
    if (isGone(item)) gone.push(item);
    if (gone.length >= REMOVE_ITEMS) await remove();
  }
  if (gone.length > 0) await remove();
}
