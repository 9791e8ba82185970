/**
 * Reading 50 passages again with a cross-encoder of MiniLM's size, against sentence-transformers' CrossEncoder.
 *
 * usage: bun bench/rerank.ts [--passages 50] [--rounds 3] [--torch-python PATH] [--topics FILE]
 * The model is all-MiniLM-L6-v2 with a head of fixed numbers: its scores mean nothing, its work is that of
 * ms-marco-MiniLM-L6-v2. Passages are paragraphs of Python's language reference. Both sides are loaded and warm; of each,
 * the best round counts, in wall and in processor time. Prints one JSON object; see bench/README.md.
 */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { openReranker } from "../src/embed/reranker.ts";
import * as mx from "../src/mlx/index.ts";

const REPOSITORY = resolve(import.meta.dir, "..");
const { values } = parseArgs({
  options: {
    passages: { type: "string", default: "50" },
    rounds: { type: "string", default: "3" },
    "torch-python": { type: "string", default: join(REPOSITORY, ".venv-peers/bin/python") },
    topics: { type: "string", default: "/usr/lib/python3.11/pydoc_data/topics.py" },
  },
});
const QUERY = "how does a class decide which of its base classes answers to a name?";

const folder = mkdtempSync(join(tmpdir(), "mdp-bench-rerank-"));
const model = join(folder, "cross-encoder");
makeModel(model);
const passages = readFileSync(values.topics, "utf8")
  .replace(/\\n'\n\s*'/g, "\n")
  .split(/\n\s*\n/)
  .map((part) => part.replace(/\s+/g, " ").trim())
  .filter((part) => part.length >= 600 && part.length <= 1600)
  .slice(0, Number(values.passages));

function makeModel(dir: string): void {
  const source = join(REPOSITORY, ".models/all-MiniLM-L6-v2");
  cpSync(source, dir, {
    recursive: true,
    filter: (path) => !/modules\.json|1_Pooling|sentence|safetensors/.test(path.slice(source.length)),
  });
  const config = JSON.parse(readFileSync(join(source, "config.json"), "utf8"));
  const changed = { ...config, architectures: ["BertForSequenceClassification"], id2label: { 0: "LABEL_0" } };
  writeFileSync(join(dir, "config.json"), JSON.stringify(changed));
  mx.tidy(() => {
    const width: number = config.hidden_size;
    const numbers = new Float32Array(width * width).map((_, i) => Math.sin(i) / 20);
    const tensors = new Map(
      [...mx.loadSafetensors(join(source, "model.safetensors")).tensors]
        .filter(([name]) => /^(embeddings|encoder)\./.test(name) && !name.endsWith("position_ids"))
        .map(([name, tensor]) => [`bert.${name}`, tensor]),
    );
    tensors.set("bert.pooler.dense.weight", mx.fromTypedArray(numbers, [width, width]));
    tensors.set("bert.pooler.dense.bias", mx.zeros([width]));
    tensors.set("classifier.weight", mx.fromTypedArray(numbers.slice(0, width), [1, width]));
    tensors.set("classifier.bias", mx.zeros([1]));
    mx.saveSafetensors(join(dir, "model.safetensors"), tensors, [["format", "pt"]]);
  });
}

interface Result {
  seconds: number;
  cpuSeconds: number;
  scores: number[];
}

async function ours(): Promise<Result> {
  using reranker = await openReranker({ model });
  await reranker.score(QUERY, passages.slice(0, 5));
  const best: Result = { seconds: Number.POSITIVE_INFINITY, cpuSeconds: Number.POSITIVE_INFINITY, scores: [] };
  for (let round = 0; round < Number(values.rounds); round++) {
    const before = process.cpuUsage();
    const started = performance.now();
    best.scores = [...(await reranker.score(QUERY, passages))];
    best.seconds = Math.min(best.seconds, (performance.now() - started) / 1000);
    const { user, system } = process.cpuUsage(before);
    best.cpuSeconds = Math.min(best.cpuSeconds, (user + system) / 1e6);
  }
  return best;
}

const PEER = `
import json, resource, sys, time, sentence_transformers
model, query, passages, rounds = json.load(sys.stdin)
encoder = sentence_transformers.CrossEncoder(model, device="cpu")
pairs = [(query, text) for text in passages]
encoder.predict(pairs[:5])
cpu = lambda: sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
best = {"seconds": 1e9, "cpuSeconds": 1e9}
for _ in range(rounds):
    started, before = time.perf_counter(), cpu()
    best["scores"] = encoder.predict(pairs).tolist()
    best["seconds"] = min(best["seconds"], time.perf_counter() - started)
    best["cpuSeconds"] = min(best["cpuSeconds"], cpu() - before)
print(json.dumps(best))
`;

async function peer(): Promise<Result> {
  const child = Bun.spawn([values["torch-python"], "-c", PEER], {
    env: { ...process.env, HF_HUB_OFFLINE: "1" },
    stdin: new Blob([JSON.stringify([model, QUERY, passages, Number(values.rounds)])]),
    stdout: "pipe",
    stderr: "ignore",
  });
  return JSON.parse(await new Response(child.stdout).text());
}

try {
  const [mdp, torch] = [await ours(), await peer()];
  const difference = Math.max(...mdp.scores.map((score, i) => Math.abs(score - torch.scores[i]!)));
  const figures = ({ seconds, cpuSeconds }: Result) => ({ seconds, cpuSeconds });
  console.log(
    JSON.stringify(
      {
        cpu: cpus()[0]?.model,
        passages: passages.length,
        mdp: figures(mdp),
        crossEncoder: figures(torch),
        ratio: Number((torch.seconds / mdp.seconds).toFixed(2)),
        cpuRatio: Number((torch.cpuSeconds / mdp.cpuSeconds).toFixed(2)),
        largestDifference: difference,
      },
      null,
      2,
    ),
  );
} finally {
  rmSync(folder, { recursive: true });
}
