/**
 * Reads PDFs and compares: words and their order with `pdftotext -layout` (page by page), CPU time with pypdf and
 * pdfplumber. Run: `PYTHON=python-with-both bun bench/pdf.ts FILE…`; a peer that is absent is left out.
 */
import type { Document } from "../src/core/document.ts";
import type { FormatInput } from "../src/ingest/formats/format.ts";
import pdf from "../src/ingest/formats/pdf.ts";

const files = process.argv.slice(2);
const MAX_BYTES = 1_000_000_000;

async function read(path: string): Promise<Document | undefined> {
  const bytes = await Bun.file(path).bytes();
  const size = bytes.length;
  const input: FormatInput = {
    uri: path,
    path,
    name: path,
    size,
    fileSize: size,
    head: bytes.subarray(0, 65_536),
    async *bytes() {
      yield bytes;
    },
    slice: async (start, end) => bytes.slice(start, end),
  };
  for await (const found of pdf.read(input, { maxDocumentBytes: MAX_BYTES })) {
    if ("document" in found) return found.document;
  }
  return undefined;
}

const words = (text: string) =>
  text
    .toLowerCase()
    .normalize("NFKC")
    .match(/[\p{L}\p{N}]+/gu) ?? [];

/** Words that both have, and the longest sequence of them that both have in the same order. */
function compare(ours: readonly string[], theirs: readonly string[]): { common: number; inOrder: number } {
  const counts = new Map<string, number>();
  for (const word of theirs) counts.set(word, (counts.get(word) ?? 0) + 1);
  let common = 0;
  for (const word of ours) {
    const left = counts.get(word) ?? 0;
    if (left > 0) common++;
    counts.set(word, left - 1);
  }
  let before = new Int32Array(theirs.length + 1);
  let now = new Int32Array(theirs.length + 1);
  for (const word of ours) {
    for (const [j, other] of theirs.entries()) {
      now[j + 1] = word === other ? before[j]! + 1 : Math.max(before[j + 1]!, now[j]!);
    }
    [before, now] = [now, before];
  }
  return { common, inOrder: before[theirs.length]! };
}

function pagesOf({ text, segments }: Document): string[] {
  const pages: string[] = [];
  for (const [i, { start, page = 1 }] of segments.entries()) {
    pages[page - 1] = (pages[page - 1] ?? "") + text.slice(start, segments[i + 1]?.start);
  }
  return pages;
}

const used = process.cpuUsage();
const documents: (Document | undefined)[] = [];
for (const file of files) documents.push(await read(file));
const { user, system } = process.cpuUsage(used);
const seconds = (user + system) / 1e6;

if (Bun.which("pdftotext") !== null) {
  console.log("file\tpages\twords\trecall\tprecision\torder\trunning lines");
  for (const [i, document] of documents.entries()) {
    if (!document) continue;
    const ours = pagesOf(document);
    const theirs = Bun.spawnSync(["pdftotext", "-layout", files[i]!, "-"]).stdout.toString().split("\f");
    const sums = { ours: 0, theirs: 0, common: 0, inOrder: 0 };
    for (const [page, text] of theirs.entries()) {
      const [one, other] = [words(ours[page] ?? ""), words(text)];
      const { common, inOrder } = compare(one, other);
      sums.ours += one.length;
      sums.theirs += other.length;
      sums.common += common;
      sums.inOrder += inOrder;
    }
    const shares = [sums.common / sums.theirs, sums.common / sums.ours, sums.inOrder / sums.common];
    const { pages, running_lines } = document.metadata;
    const shown = shares.map((share) => share.toFixed(4)).join("\t");
    console.log(`${files[i]!.split("/").at(-1)}\t${pages}\t${sums.theirs}\t${shown}\t${running_lines ?? 0}`);
  }
}

console.log(`mdp\t${seconds.toFixed(3)} s CPU, first pass of a fresh process`);
for (const peer of ["pypdf", "pdfplumber"]) {
  const command = [process.env.PYTHON ?? "python3", `${import.meta.dir}/peers/read_pdf.py`, peer, ...files];
  const { exitCode, stdout } = Bun.spawnSync(command);
  if (exitCode !== 0) continue;
  const [name, took] = stdout.toString().trim().split("\t");
  console.log(`${name}\t${took} s CPU\t${(Number(took) / seconds).toFixed(2)}x`);
}
