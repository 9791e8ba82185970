/** A made-up corpus for training data: prose, planted copies, near copies, rubbish and personal data; always the same. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { numbers } from "./corpus.ts";

const WORDS =
  `the of and a to in is was that for on are with as his they at be this have from or had by but some what there we can
  out other were all your when up use word how said an each she which do their time if will way about many then them
  would write like so these her long make thing see him two has look more day could go come did my sound no most number
  who over know water than call first people may down side been now find any new work part take get place made live
  where after back little only round man year came show every good me give our under name very through just form much
  great think say help low line before turn cause same mean differ move right boy old too does tell sentence set three
  want air well also play small end put home read hand port large spell add even land here must big high such follow
  act why ask men change went light kind off need house picture try us again animal point mother world near build self
  earth father head stand own page should country found answer school grow study still learn plant cover food sun four
  thought let keep eye never last door between city tree cross since hard start might story saw far sea draw left late
  run while press close night real life few stop open seem together next white children begin got walk example ease
  paper often always music those both mark book letter until mile river car feet care second group carry took rain eat
  room friend began idea fish mountain north once base hear horse cut sure watch color face wood main enough`
    .split(/\s+/)
    .filter((word) => word !== "");

/** English-looking prose of about `count` words. */
export function prose(seed: number, count: number): string {
  const next = numbers(seed);
  const sentences: string[] = [];
  for (let words = 0; words < count; ) {
    const length = 6 + next(14);
    const list = Array.from({ length }, () => WORDS[next(WORDS.length)]!);
    list[0] = list[0]![0]!.toUpperCase() + list[0]!.slice(1);
    sentences.push(`${list.join(" ")}.`);
    words += length;
  }
  return sentences.join(" ");
}

export interface TrainingCorpus {
  files: Record<string, string>;
  /** Numbers of documents by what was planted. */
  documents: number;
  copies: number;
  nearCopies: number;
  tooShort: number;
}

/** `count` rows in JSON Lines over several files, and some text files. */
export function trainingCorpus(count: number): TrainingCorpus {
  const files: Record<string, string> = {};
  const corpus: TrainingCorpus = { files, documents: 0, copies: 0, nearCopies: 0, tooShort: 0 };
  const perFile = 40;
  let rows: string[] = [];
  const texts: string[] = [];
  const put = (text: string) => {
    rows.push(JSON.stringify({ id: `d${corpus.documents++}`, text }));
    if (rows.length === perFile) flush();
  };
  const flush = () => {
    if (rows.length > 0)
      files[`raw/rows${String(Object.keys(files).length).padStart(3, "0")}.jsonl`] = `${rows.join("\n")}\n`;
    rows = [];
  };
  for (let i = 0; i < count; i++) {
    const text = prose(1_000 + i, 60 + ((i * 37) % 400));
    texts.push(text);
    if (i % 10 === 7) {
      corpus.copies++;
      put(texts[i - 5]!);
    } else if (i % 10 === 8) {
      corpus.nearCopies++;
      put(`${texts[i - 4]!} One more sentence stands at the very end of it.`);
    } else if (i % 25 === 3) {
      corpus.tooShort++;
      put("Too short.");
    } else if (i % 13 === 1) {
      put(`${text} Write to person${i}@example.org or call +1 212 555 0${100 + (i % 90)}.`);
    } else {
      put(text);
    }
  }
  flush();
  for (let i = 0; i < 5; i++) {
    files[`raw/notes/note${i}.txt`] = `${prose(50 + i, 300)}\n`;
    corpus.documents++;
  }
  return corpus;
}

/** SHA-256 of every file below a folder, by path; what is named in `except` is left out. */
export function treeHashes(dir: string, except: RegExp = /^$/): Record<string, string> {
  const hashes: Record<string, string> = {};
  for (const name of readdirSync(dir, { recursive: true }) as string[]) {
    const path = join(dir, name);
    if (except.test(relative(dir, path)) || !statSync(path).isFile()) continue;
    hashes[relative(dir, path)] = createHash("sha256").update(readFileSync(path)).digest("hex");
  }
  return Object.fromEntries(Object.entries(hashes).sort(([a], [b]) => (a < b ? -1 : 1)));
}
