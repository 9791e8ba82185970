/** Cutting what a text repeats: candidates become stretches of the text, compared word by word where keys are partial. */

import { RecordWriter } from "../files/record-file.ts";
import { PLACE_WORDS } from "../group.ts";
import { type CutJob, type DedupTexts, type PartMethod, partMethods } from "../job.ts";
import { type Plan, toDocument } from "../plan.ts";
import { Recent } from "../recent.ts";
import { loadRanks } from "../slices.ts";
import { type WordList, Words } from "../text/words.ts";
import { RunFinder } from "./runs.ts";
import { Sentences } from "./sentences.ts";

/** Records (document, start, end, partner, number of the method) in order of document and start; stretches do not touch. */
export const CUTS = "cuts";
export const CUT_WORDS = 5;

export interface CutMeta {
  /** Stretches by method, before those that overlap are joined. */
  found: Record<PartMethod, number>;
  /** Candidates of which a text was missing. */
  unverified: number;
}

/** One stretch of a text, in UTF-16 code units, that an earlier document (or the text itself) has. */
export interface Cut {
  start: number;
  end: number;
  partner: number;
  method: PartMethod;
}

/** Candidates of the document that is being looked at: records of `PLACE_WORDS` numbers from `first` to `end`. */
interface Places {
  records: Uint32Array;
  first: number;
  end: number;
}

/** Returns the bytes of the arrays that it took. */
export function cut(plan: Plan, job: CutJob, texts: DedupTexts): number {
  const writer = new RecordWriter<CutMeta>(job.out, Math.min(8 << 20, plan.jobBytes / 16), false);
  const column = writer.column(CUTS, CUT_WORDS, 0);
  const meta: CutMeta = { found: { sentences: 0, substring: 0 }, unverified: 0 };
  const cutter = new TextCutter(plan, texts, meta);
  const places = partMethods.map((method) => ({ method, ...loadRanks(job.inputs[method], job, PLACE_WORDS), at: 0 }));
  for (;;) {
    const rank = Math.min(
      ...places.map(({ records, at }) => (at < records.length ? records[at]! : Number.POSITIVE_INFINITY)),
    );
    if (rank === Number.POSITIVE_INFINITY) break;
    const cuts: Cut[] = [];
    for (const list of places) {
      const first = list.at;
      while (list.at < list.records.length && list.records[list.at] === rank) list.at += PLACE_WORDS;
      if (list.at === first) continue;
      const found = cutter.cuts(list.method, rank, { records: list.records, first, end: list.at });
      meta.found[list.method] += found.length;
      // Not as arguments, of which there may be too many.
      for (const one of found) cuts.push(one);
    }
    for (const { start, end, partner, method } of joined(cuts)) {
      column.add([toDocument(plan, rank), start, end, partner, partMethods.indexOf(method)]);
    }
  }
  writer.finish(meta);
  return places.reduce((sum, { records }) => sum + records.byteLength * 2, 0);
}

/** In order, without overlap; of joined ones the first says where it came from. */
function joined(cuts: Cut[]): Cut[] {
  const out: Cut[] = [];
  for (const cut of cuts.sort((a, b) => a.start - b.start || b.end - a.end)) {
    const last = out.at(-1);
    if (last && cut.start <= last.end) last.end = Math.max(last.end, cut.end);
    else out.push({ ...cut });
  }
  return out;
}

/** Reads texts and finds the stretches. */
class TextCutter {
  readonly #plan: Plan;
  readonly #texts: DedupTexts;
  readonly #meta: CutMeta;
  readonly #words: Words;
  readonly #partners: Recent<WordList | undefined>;
  readonly #sentences = new Sentences();
  readonly #finder: RunFinder;
  #rank = -1;
  #text: string | undefined;

  constructor(plan: Plan, texts: DedupTexts, meta: CutMeta) {
    this.#plan = plan;
    this.#texts = texts;
    this.#meta = meta;
    this.#words = new Words(plan.settings.normalize);
    this.#partners = recentWords(plan, texts);
    this.#finder = new RunFinder(plan.settings.minSubstringTokens);
  }

  cuts(method: PartMethod, rank: number, places: Places): Cut[] {
    if (this.#rank !== rank) {
      this.#rank = rank;
      this.#text = this.#texts.text(toDocument(this.#plan, rank));
      if (this.#text !== undefined) this.#words.split(this.#text);
    }
    if (this.#text === undefined) {
      this.#meta.unverified += (places.end - places.first) / PLACE_WORDS;
      return [];
    }
    return method === "sentences" ? this.#spans(this.#text, places) : this.#runs(places);
  }

  /** A span's key of 96 bits is a hash of all its words: equal keys are equal spans. */
  #spans(text: string, { records, first, end }: Places): Cut[] {
    const { starts, ends } = this.#sentences;
    this.#sentences.split(text, this.#words);
    const cuts: Cut[] = [];
    for (let at = first; at < end; at += PLACE_WORDS) {
      const sentence = records[at + 1]!;
      const last = sentence + this.#plan.settings.spanSentences - 1;
      const partner = toDocument(this.#plan, records[at + 2]!);
      cuts.push({ start: starts[sentence]!, end: ends[last]!, partner, method: "sentences" });
    }
    return cuts;
  }

  /** An anchor's key covers a part of a run: how far it goes is seen in the words. */
  #runs({ records, first, end }: Places): Cut[] {
    const order = Array.from({ length: (end - first) / PLACE_WORDS }, (_, i) => first + i * PLACE_WORDS);
    order.sort((a, b) => records[a + 2]! - records[b + 2]! || a - b);
    this.#finder.begin(this.#words);
    let partner = -1;
    let there: WordList | undefined;
    const cuts: Cut[] = [];
    for (const at of order) {
      if (records[at + 2] !== partner) {
        partner = records[at + 2]!;
        there = partner === this.#rank ? this.#words : this.#partners.get(partner);
        if (there) this.#finder.compareWith(there);
      }
      if (!there) {
        this.#meta.unverified++;
        continue;
      }
      const run = this.#finder.find(records[at + 1]!, records[at + 3]!);
      if (!run) continue;
      cuts.push({
        start: this.#words.starts[run.from]!,
        end: this.#words.ends[run.to - 1]!,
        partner: toDocument(this.#plan, partner),
        method: "substring",
      });
    }
    return cuts;
  }
}

/** Words of partners, which many texts share; undefined where the text cannot be had. */
function recentWords(plan: Plan, texts: DedupTexts): Recent<WordList | undefined> {
  const words = new Words(plan.settings.normalize);
  const wordsOf = (rank: number): WordList | undefined => {
    const text = texts.text(toDocument(plan, rank));
    if (text === undefined) return undefined;
    words.split(text);
    return words.copy();
  };
  const bytesOf = (list: WordList | undefined) => (list ? list.units.byteLength + list.count * 8 : 0);
  return new Recent(plan.jobBytes / 8, wordsOf, bytesOf);
}
