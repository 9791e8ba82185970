/** Histograms of the lengths of passages and documents, one pair for each engine's table. */
import type { Snapshot } from "../../store/store.ts";
import type { Engine } from "../engines/engine.ts";
import { axisOf, doublingAxis } from "./axis.ts";
import type { Bar, Panel } from "./panel.ts";

export interface LengthsData {
  engine: string;
  passages: { count: number; tokens: Spread; bars: Bar[] };
  documents: { count: number; tokens: Spread; bars: Bar[] };
}

export interface Spread {
  min: number;
  median: number;
  mean: number;
  max: number;
}

/** Bars of a histogram of passages: enough to see its form. */
const BARS = 40;

export async function lengthsOf(engine: string, snapshot: Snapshot): Promise<LengthsData> {
  const { passages, documents } = await snapshot.lengths();
  return lengthsFrom(engine, passages, documents);
}

export function lengthsFrom(engine: string, passages: Int32Array, documents: Float64Array): LengthsData {
  return {
    engine,
    passages: { count: passages.length, tokens: spreadOf(passages), bars: evenBars(passages) },
    documents: { count: documents.length, tokens: spreadOf(documents), bars: doublingBars(documents) },
  };
}

export function lengthPanels({ engine, passages, documents }: LengthsData, known: Engine | undefined): Panel[] {
  const most = (bars: readonly Bar[]) => bars.reduce((top, { count }) => Math.max(top, count), 1);
  const note = ({ count, tokens }: LengthsData["passages"], what: string) =>
    `${count.toLocaleString("en-US")} ${what}; median ${tokens.median}, mean ${tokens.mean}, longest ${tokens.max.toLocaleString("en-US")} tokens`;
  const limit = known?.chunkTokens;
  const longest = Math.max(passages.bars.at(-1)?.to ?? 1, limit ?? 0);
  return [
    {
      kind: "bars",
      title: `${engine}: lengths of passages`,
      note: note(passages, "passages"),
      x: axisOf("tokens of a passage", 0, longest, { whole: true }),
      y: axisOf("passages", 0, most(passages.bars), { whole: true, ticks: 4 }),
      bars: passages.bars,
      marks: limit === undefined ? [] : [{ x: limit, label: `limit ${limit}` }],
    },
    {
      kind: "bars",
      title: `${engine}: lengths of documents`,
      note: note(documents, "documents"),
      x: doublingAxis("tokens of a document (doubling)", documents.bars[0]?.from ?? 0, documents.bars.at(-1)?.to ?? 1),
      y: axisOf("documents", 0, most(documents.bars), { whole: true, ticks: 4 }),
      bars: documents.bars,
      marks: [],
    },
  ];
}

function spreadOf(values: Int32Array | Float64Array): Spread {
  if (values.length === 0) return { min: 0, median: 0, mean: 0, max: 0 };
  const sorted = values.slice().sort();
  let sum = 0;
  for (const value of sorted) sum += value;
  const mean = Math.round((sum / sorted.length) * 10) / 10;
  return { min: sorted[0]!, median: sorted[sorted.length >> 1]!, mean, max: sorted.at(-1)! };
}

/** Bars of equal width in whole tokens, from 0. */
export function evenBars(values: Int32Array): Bar[] {
  let most = 0;
  for (const value of values) most = Math.max(most, value);
  const width = Math.max(1, Math.ceil((most + 1) / BARS));
  const counts = new Uint32Array(Math.floor(most / width) + 1);
  for (const value of values) counts[Math.floor(value / width)]!++;
  return values.length === 0 ? [] : Array.from(counts, (count, i) => ({ from: i * width, to: (i + 1) * width, count }));
}

/** Bars from one power of two to the next, `from` and `to` being exponents. */
export function doublingBars(values: Float64Array): Bar[] {
  const counts: number[] = [];
  for (const value of values) {
    const exponent = Math.floor(Math.log2(Math.max(1, value)));
    counts[exponent] = (counts[exponent] ?? 0) + 1;
  }
  const first = counts.findIndex((count) => count > 0);
  return Array.from(counts, (count, i) => ({ from: i, to: i + 1, count: count ?? 0 })).slice(Math.max(0, first));
}
