/** Items that are gone: their chunks leave the store first, their rows after. */
import type { ItemRow, State } from "../../manifest/state.ts";
import type { Store } from "../../store/store.ts";
import type { IngestReport } from "./report.ts";

const REMOVE_ITEMS = 500;

export async function removeUnseen(context: {
  state: State;
  store: () => Promise<Store>;
  report: IngestReport;
  isGone: (item: ItemRow) => boolean;
}): Promise<void> {
  const { state, store, report, isGone } = context;
  let gone: ItemRow[] = [];
  const remove = async () => {
    const stored = gone.filter((item) => state.documentsOf(item.uri).length > 0).map((item) => item.uri);
    if (stored.length > 0) {
      state.setMeta("index", "due");
      report.chunks.removed += await (await store()).deleteItems(stored);
    }
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
