/** The library API: a program makes shards and loads them, without the command line. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { openTokenizer, readShardIndex, runPipeline, ShardLoader } from "../../src/index.ts";
import { MODEL_DIR } from "../support/peers.ts";
import { TempProject } from "../support/project.ts";
import { trainingCorpus } from "../support/training-corpus.ts";

setDefaultTimeout(300_000);

test("files become shards, and shards batches, with every token of the index", async () => {
  const corpus = trainingCorpus(60);
  using project = new TempProject(corpus.files);
  const phases = new Set<string>();
  const report = await runPipeline({
    inputs: [project.path("raw")],
    out: project.path("out"),
    projectDir: project.dir,
    settings: { shard: { tokenizer: MODEL_DIR, pack: true, seqLen: 64, splits: ["train=1"] } },
    onProgress: ({ phase }) => phases.add(phase),
  });
  expect(report).toMatchObject({ documents: corpus.documents, duplicates: corpus.copies + corpus.nearCopies });
  expect([...phases]).toEqual(expect.arrayContaining(["read", "finish", "shards"]));
  const { index } = await readShardIndex(project.path("out"));
  using loader = await ShardLoader.open(project.path("out"), { batchSize: 8, shuffle: true, seed: 3 });
  let tokens = 0;
  for await (const { segment_ids: segments } of loader) for (const id of segments!) if (id > 0) tokens++;
  expect(tokens).toBe(index.total_tokens);
  expect(tokens).toBe(report.tokens);
  const tokenizer = await openTokenizer(MODEL_DIR);
  expect(index.tokenizer.sha256).toBe(tokenizer.sha256);
});

test("a wrong setting is named with its section", async () => {
  using project = new TempProject({ "raw/a.txt": "text" });
  const run = runPipeline({
    inputs: [project.path("raw")],
    out: project.path("out"),
    projectDir: project.dir,
    settings: { shard: { seqLen: 1 } },
  });
  await expect(run).rejects.toThrow(/seqLen|seq-len/);
});
