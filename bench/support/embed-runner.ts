/**
 * Our own side of `bench/embed.ts`.
 *
 * usage: bun bench/support/embed-runner.ts MODEL_DIR TEXTS.json [BATCH_TOKENS]
 * Answers each line on stdin with one line {"tokens", "seconds", "cpu"} for one pass over all texts.
 */
import { openEmbedder } from "../../src/embed/embedder.ts";

const [model, file, batchTokens] = process.argv.slice(2);
const texts = (await Bun.file(file!).json()) as string[];
using embedder = await openEmbedder({ model: model!, ...(batchTokens ? { batchTokens: Number(batchTokens) } : {}) });
await embedder.embed(texts.slice(0, 64), "document");
console.log("ready");
for await (const _ of console) {
  const [wall, cpu] = [performance.now(), process.cpuUsage()];
  const { tokens } = await embedder.embed(texts, "document");
  const used = process.cpuUsage(cpu);
  const seconds = (performance.now() - wall) / 1000;
  console.log(JSON.stringify({ tokens, seconds, cpu: (used.user + used.system) / 1e6 }));
}
