/**
 * Speed of cutting source code, beside a Python pipeline over the same files: the Python library of the interpreter in
 * .venv. Both count processor time, best of three; reading the files is not in it.
 *
 *     .venv/bin/pip install tree-sitter==0.26.1 tree-sitter-python==0.25.0
 *     bun bench/code.ts
 */
import { join } from "node:path";
import code from "../src/ingest/chunkers/code.ts";
import { parseTokenizer } from "../src/tokenizers/load.ts";
import { python } from "../test/support/peers.ts";

const TOKENIZER = join(import.meta.dir, "../.models/all-MiniLM-L6-v2/tokenizer.json");
const FILES = 500;
const ROUNDS = 3;

const paths: string[] = [];
const texts: string[] = [];
for (const path of await python("test/parity/python_definitions.py", ["--stdlib", String(FILES)], "")) {
  const text = await Bun.file(path).text();
  // The peer's offsets are bytes, ours are characters: in ASCII they are one.
  if (/[^\0-\x7f]/.test(text)) continue;
  texts.push(text);
  paths.push(path);
}
const megabytes = texts.reduce((sum, text) => sum + text.length, 0) / 1e6;
console.log(`${texts.length} files of Python's library, ${megabytes.toFixed(1)} MB`);

const tokens = parseTokenizer(await Bun.file(TOKENIZER).text(), TOKENIZER);
let seconds = Number.POSITIVE_INFINITY;
let chunks = 0;
for (let round = 0; round < ROUNDS; round++) {
  const before = process.cpuUsage();
  chunks = 0;
  for (const text of texts) {
    const document = { uri: "a.py", kind: "code", title: "a.py", lang: "python", text };
    const rest = { segments: [], row: null, metadata: {} };
    const options = { tokens, maxTokens: 200, overlapTokens: 0 };
    for (const _ of code.chunk({ ...document, ...rest }, options)) chunks++;
  }
  const { user, system } = process.cpuUsage(before);
  seconds = Math.min(seconds, (user + system) / 1e6);
}
const speed = (time: number) => `${(megabytes / time).toFixed(2)} MB/s`;
console.log(`mdp: ${chunks} chunks with names, headers and documentation, ${speed(seconds)}`);

const peers = await python("bench/peers/code_chunks.py", [TOKENIZER], paths.map((path) => `${path}\n`).join(""));
for (const line of peers) {
  const peer = JSON.parse(line) as { kind: string; seconds: number; chunks: number };
  const ratio = (peer.seconds / seconds).toFixed(2);
  console.log(`Python, sizes in ${peer.kind}: ${peer.chunks} chunks, ${speed(peer.seconds)}; mdp is ${ratio}× as fast`);
}
