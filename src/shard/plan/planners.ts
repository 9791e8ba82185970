/** Where shards end, for each way of packing; each planner sees the documents of one split in order. */
import { bestFit } from "../pack/best-fit.ts";
import { bucketOf, cutDocument, keptTokens } from "../pack/pieces.ts";
import { Growing } from "../staging/growing.ts";
import type { Limits } from "./limits.ts";
import type { Cursor, PlanSettings, ShardRange } from "./plan.ts";

export interface SplitPlanner {
  add(document: number, length: number): void;
  finish(): void;
}

type Emit = (range: Omit<ShardRange, "split" | "number">) => void;

/** The planner for the settings' way of packing. */
export function splitPlanner(settings: PlanSettings, limits: Limits, emit: Emit): SplitPlanner {
  if (!settings.pack) return flatPlanner(limits, emit);
  if (settings.packing === "concat") return concatPlanner(settings, limits, emit);
  return settings.packing === "best-fit" ? bestFitPlanner(settings, limits, emit) : rowPlanner(settings, limits, emit);
}

/** Documents stay whole unless one is longer than a shard: that one fills shard after shard. */
function flatPlanner(limits: Limits, emit: Emit): SplitPlanner {
  let start: Cursor | undefined;
  let end: Cursor = { document: 0, offset: 0 };
  let tokens = 0;
  let documents = 0;
  const close = () => {
    if (start) emit({ width: null, start, end });
    start = undefined;
    tokens = 0;
    documents = 0;
  };
  const take = (document: number, offset: number, count: number, whole: boolean) => {
    start ??= { document, offset };
    end = whole ? { document: document + 1, offset: 0 } : { document, offset: offset + count };
    tokens += count;
    documents++;
  };
  return {
    add(document, length) {
      if (!limits.flatFits(tokens + length, documents + 1) && limits.flatFits(length, 1)) close();
      for (let offset = 0; ; ) {
        const room = limits.flatRoom(tokens, documents);
        const rest = length - offset;
        if (rest <= room) return take(document, offset, rest, true);
        if (room >= 1) take(document, offset, room, false);
        if (room >= 1) offset += room;
        close();
      }
    },
    finish: close,
  };
}

/** Rows are full but for the last of a split; a shard ends with a row, wherever that is in a document. */
function concatPlanner(settings: PlanSettings, limits: Limits, emit: Emit): SplitPlanner {
  const width = settings.seqLen;
  const overlap = settings.rowOverlap ? 1 : 0;
  const capacity = Math.min(limits.rowsMax(width), Math.floor(limits.tokensMax / width)) * width;
  let start: Cursor | undefined;
  let end: Cursor = { document: 0, offset: 0 };
  let repeats = false;
  let tokens = 0;
  const close = () => {
    if (start) emit({ width, start, ...(repeats ? { repeats } : {}), end });
    start = undefined;
    tokens = 0;
  };
  return {
    add(document, length) {
      const kept = keptTokens(length, settings);
      for (let offset = 0; offset < kept; ) {
        const again = offset > 0 ? overlap : 0;
        offset -= again;
        const count = Math.min(kept - offset, width - (tokens % width));
        if (!start) repeats = again > 0;
        start ??= { document, offset };
        offset += count;
        end = offset === kept ? { document: document + 1, offset: 0 } : { document, offset };
        tokens += count;
        if (tokens === capacity) close();
      }
    },
    finish: close,
  };
}

/** `none` and `dynamic`: a row per piece; a shard has rows of one width. */
function rowPlanner(settings: PlanSettings, limits: Limits, emit: Emit): SplitPlanner {
  const { seqLen, packing } = settings;
  const lanes = new Map<number, { start: Cursor; end: Cursor; tokens: number; rows: number }>();
  return {
    add(document, length) {
      const kept = keptTokens(length, settings);
      cutDocument(kept, seqLen, settings.rowOverlap ? 1 : 0, (offset, count) => {
        const width = packing === "dynamic" ? bucketOf(count, seqLen) : seqLen;
        const start = { document, offset };
        const stop = offset + count;
        const end = stop === kept ? { document: document + 1, offset: 0 } : { document, offset: stop };
        let lane = lanes.get(width);
        if (lane && (lane.rows === limits.rowsMax(width) || lane.tokens + count > limits.tokensMax)) {
          emit({ width, start: lane.start, end: lane.end });
          lane = undefined;
        }
        if (lane) lane.end = end;
        else lane = { start, end, tokens: 0, rows: 0 };
        lane.tokens += count;
        lane.rows++;
        lanes.set(width, lane);
      });
    },
    finish() {
      for (const [width, { start, end }] of [...lanes].toSorted(([a], [b]) => a - b)) emit({ width, start, end });
    },
  };
}

/** Takes as many pieces as the limit of tokens allows, and fewer where their rows are more than the bytes allow. */
function bestFitPlanner(settings: PlanSettings, limits: Limits, emit: Emit): SplitPlanner {
  const width = settings.seqLen;
  const rowsMax = limits.rowsMax(width);
  // Rows are never fewer than the tokens fill.
  const tokensMax = Math.min(limits.tokensMax, rowsMax * width);
  const documents = new Growing((n) => new Float64Array(n));
  const offsets = new Growing((n) => new Uint32Array(n));
  const lengths = new Growing((n) => new Uint32Array(n));
  const lasts = new Growing((n) => new Uint8Array(n));
  const lists = [documents, offsets, lengths, lasts];
  let tokens = 0;

  const close = () => {
    let count = lengths.length;
    // Any two rows together are more than one row full, so there is at most about twice what the tokens fill.
    for (let rows = Math.min(count, Math.floor((2 * tokens) / width) + 1); rows > rowsMax; ) {
      rows = bestFit(lengths.view().subarray(0, count), width).rows;
      if (rows > rowsMax) count = Math.max(1, Math.floor((count * rowsMax) / rows));
    }
    const at = count - 1;
    const last = documents.view()[at]!;
    const whole = lasts.view()[at] === 1;
    emit({
      width,
      start: { document: documents.view()[0]!, offset: offsets.view()[0]! },
      end: whole
        ? { document: last + 1, offset: 0 }
        : { document: last, offset: offsets.view()[at]! + lengths.view()[at]! },
    });
    for (const list of lists) list.shift(count);
    tokens = lengths.view().reduce((sum, length) => sum + length, 0);
  };

  return {
    add(document, length) {
      const kept = keptTokens(length, settings);
      cutDocument(kept, width, settings.rowOverlap ? 1 : 0, (offset, count) => {
        while (tokens + count > tokensMax) close();
        documents.push(document);
        offsets.push(offset);
        lengths.push(count);
        lasts.push(offset + count === kept ? 1 : 0);
        tokens += count;
      });
    },
    finish() {
      while (lengths.length > 0) close();
    },
  };
}
