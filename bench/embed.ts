/**
 * Tokens per second of the embedder against sentence-transformers and Python MLX: same model, texts and lengths.
 *
 * usage: bun bench/embed.ts [--texts 400] [--rounds 5] [--model DIR] [--python PATH] [--torch-python PATH]
 * Every process is loaded and warm before the first round; in each round all of them run in turn, so that a ratio
 * compares neighbours in time. Prints one JSON object; see bench/README.md.
 */
import { cpSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { numbers, sentencesOfRepository } from "./support/text.ts";

const REPOSITORY = resolve(import.meta.dir, "..");
const { values } = parseArgs({
  options: {
    texts: { type: "string", default: "400" },
    rounds: { type: "string", default: "5" },
    model: { type: "string", default: join(REPOSITORY, ".models/all-MiniLM-L6-v2") },
    python: { type: "string", default: join(REPOSITORY, ".venv/bin/python") },
    "torch-python": { type: "string", default: join(REPOSITORY, ".venv-peers/bin/python") },
    "batch-tokens": { type: "string" },
  },
});

const folder = mkdtempSync(join(tmpdir(), "mdp-bench-embed-"));
const textsFile = join(folder, "texts.json");
writeFileSync(textsFile, JSON.stringify(mixedTexts(Number(values.texts))));

/** One to ten sentences each: about 20 to 250 tokens, in no order. */
function mixedTexts(count: number): string[] {
  const sentences = sentencesOfRepository();
  const next = numbers(1);
  return Array.from({ length: count }, () =>
    Array.from({ length: 1 + next(10) }, () => sentences[next(sentences.length)]!).join(" "),
  );
}

/** Python's mlx package over our own patched libmlx: the wheel's reference BLAS would not be a fair peer. */
function patchedMlx(): string {
  const where = "import mlx.core, os; print(os.path.dirname(mlx.core.__file__))";
  const installed = Bun.spawnSync([values.python, "-c", where]).stdout.toString().trim();
  cpSync(installed, join(folder, "python/mlx"), { recursive: true });
  cpSync(join(REPOSITORY, ".mlx/lib"), join(folder, "python/mlx/lib"), { recursive: true });
  return join(folder, "python");
}

interface Pass {
  tokens: number;
  seconds: number;
  /** Processor seconds, all threads together. */
  cpu: number;
}

/** A warm process that makes one pass over the texts when asked. */
class Contestant {
  readonly name: string;
  readonly passes: Pass[] = [];
  readonly #process: Bun.Subprocess<"pipe", "pipe", "inherit">;
  readonly #lines: AsyncIterator<string>;

  constructor(name: string, command: string[], environment: Record<string, string> = {}) {
    this.name = name;
    this.#process = Bun.spawn(command, {
      stdin: "pipe",
      stdout: "pipe",
      stderr: "inherit",
      env: { ...process.env, ...environment },
    });
    this.#lines = linesOf(this.#process.stdout);
  }

  async ready(): Promise<this> {
    const { value } = await this.#lines.next();
    if (value !== "ready") throw new Error(`${this.name} did not start`);
    return this;
  }

  async pass(): Promise<void> {
    this.#process.stdin.write("\n");
    this.#process.stdin.flush();
    const { value } = await this.#lines.next();
    this.passes.push(JSON.parse(value) as Pass);
  }

  async end(): Promise<void> {
    this.#process.stdin.end();
    await this.#process.exited;
  }
}

async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const parts = (rest + text).split("\n");
    rest = parts.pop()!;
    yield* parts;
  }
}

const median = (list: number[]) => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)]!;
const round2 = (x: number) => Math.round(x * 100) / 100;

const peer = (script: string) => join(import.meta.dir, "peers", script);
const commands: [string, string[], Record<string, string>?][] = [
  [
    "mdp",
    [
      process.execPath,
      join(import.meta.dir, "support/embed-runner.ts"),
      values.model,
      textsFile,
      ...(values["batch-tokens"] ? [values["batch-tokens"]] : []),
    ],
  ],
  ["python-mlx", [values.python, peer("embed_mlx.py"), values.model, textsFile], { PYTHONPATH: patchedMlx() }],
];
if (existsSync(values["torch-python"])) {
  for (const batch of ["32", "8"]) {
    const command = [values["torch-python"], peer("embed_sentence_transformers.py"), values.model, textsFile, batch];
    commands.push([`sentence-transformers, batches of ${batch}`, command]);
  }
}

const contestants: Contestant[] = [];
for (const command of commands) contestants.push(await new Contestant(...command).ready());
for (let round = 0; round < Number(values.rounds); round++) for (const each of contestants) await each.pass();
for (const each of contestants) await each.end();
rmSync(folder, { recursive: true });

const [ours] = contestants as [Contestant];
const report = contestants.map(({ name, passes }) => ({
  name,
  tokens: passes[0]!.tokens,
  tokensPerSecond: Math.round(median(passes.map((pass) => pass.tokens / pass.seconds))),
  tokensPerCpuSecond: Math.round(median(passes.map((pass) => pass.tokens / pass.cpu))),
  // How many times as fast as this one we are, by the clock and by processor time.
  ratio: round2(median(passes.map((pass, i) => pass.seconds / ours.passes[i]!.seconds))),
  cpuRatio: round2(median(passes.map((pass, i) => pass.cpu / ours.passes[i]!.cpu))),
}));
console.log(JSON.stringify({ cpu: cpus()[0]?.model, cores: cpus().length, contestants: report }, null, 2));
