/**
 * `mdp ingest --type code` of Python files against a Python pipeline that a user would write, in turn: time on the
 * clock, and processor time, which a busy machine does not change as much.
 *
 * usage: bun bench/code-ingest.ts [--files 60] [--rounds 2] [--mdp PATH] [--python PATH]
 * The Python needs sentence-transformers, lancedb, tree-sitter 0.26.1 and tree-sitter-python 0.25.0. The files are a
 * sample of the library of the Python in .venv. Prints one JSON object.
 */
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { python } from "../test/support/peers.ts";

const REPOSITORY = resolve(import.meta.dir, "..");
const { values } = parseArgs({
  options: {
    files: { type: "string", default: "60" },
    rounds: { type: "string", default: "2" },
    mdp: { type: "string", default: join(REPOSITORY, "mdp") },
    python: { type: "string", default: join(REPOSITORY, ".venv-peers/bin/python") },
  },
});

const folder = mkdtempSync(join(tmpdir(), "mdp-bench-code-"));
const source = join(folder, "source");
mkdirSync(source);
const paths = await python("test/parity/python_definitions.py", ["--stdlib", values.files], "");
for (const [index, path] of paths.entries()) copyFileSync(path, join(source, `file${index}.py`));

function run(command: string[], cwd: string) {
  const started = performance.now();
  const child = Bun.spawnSync(command, { cwd, stdout: "pipe", stderr: "pipe" });
  if (child.exitCode !== 0) throw new Error(`${command[0]} failed:\n${child.stderr}`);
  const { user, system } = child.resourceUsage.cpuTime;
  const processor = Number(user + system) / 1e6;
  return { seconds: (performance.now() - started) / 1000, processor, report: JSON.parse(child.stdout.toString()) };
}

const rounds = [];
for (let round = 0; round < Number(values.rounds); round++) {
  const project = join(folder, `project${round}`);
  mkdirSync(project);
  const ours = run([values.mdp, "ingest", "--type", "code", source, "--vector-cache-bytes", "0", "--json"], project);
  const model = join(REPOSITORY, ".models/all-MiniLM-L6-v2");
  const script = join(import.meta.dir, "peers/ingest_code.py");
  const peer = run([values.python, script, source, join(folder, `peer${round}`), model], folder);
  rounds.push({
    mdpSeconds: ours.seconds,
    pythonSeconds: peer.seconds,
    ratio: peer.seconds / ours.seconds,
    mdpProcessor: ours.processor,
    pythonProcessor: peer.processor,
    processorRatio: peer.processor / ours.processor,
    mdpChunks: ours.report.chunks.total,
    mdpTokens: ours.report.tokens,
    pythonChunks: peer.report.chunks,
  });
}
rmSync(folder, { recursive: true });
console.log(JSON.stringify({ files: paths.length, rounds }, null, 2));
