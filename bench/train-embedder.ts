/**
 * Steps of contrastive training of MiniLM beside sentence-transformers on torch: the same rows, all weights, AdamW.
 *
 * usage: bun bench/train-embedder.ts [ROUNDS]
 * Rounds alternate, the best of each counts; needs .venv-peers (scripts/setup.sh --peers).
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as v from "valibot";
import { flattenParams } from "../src/mlx/nn/index.ts";
import { readModelFolder } from "../src/models/folder.ts";
import { loadArchitecture } from "../src/models/index.ts";
import { loadParams } from "../src/models/load.ts";
import { parseTokenizer } from "../src/tokenizers/load.ts";
import { ContrastiveSettings } from "../src/train/contrastive/config.ts";
import { contrastiveStepper, stepOn } from "../src/train/contrastive/fit.ts";
import { madeUpDomain } from "../test/support/made-up-domain.ts";

const ROWS = 16;
const STEPS = 3;
const root = join(import.meta.dir, "..");
const modelDir = join(root, ".models/all-MiniLM-L6-v2");
const rounds = Number(process.argv[2] ?? 3);

const rows = madeUpDomain().slice(0, ROWS);
const scratch = mkdtempSync(join(tmpdir(), "mdp-bench-"));
const rowsPath = join(scratch, "rows.json");
writeFileSync(rowsPath, JSON.stringify(rows));

const peer = Bun.spawn(
  [join(root, ".venv-peers/bin/python"), join(root, "bench/peers/train_contrastive.py"), modelDir, rowsPath],
  {
    stdin: "pipe",
    stdout: "pipe",
    stderr: "ignore",
    env: { ...process.env, HF_HUB_OFFLINE: "1" },
  },
);
const answers = peer.stdout.pipeThrough(new TextDecoderStream())[Symbol.asyncIterator]();

interface Round {
  seconds: number;
  cpu: number;
}

async function theirs(): Promise<Round> {
  peer.stdin.write(`${STEPS}\n`);
  await peer.stdin.flush();
  return JSON.parse((await answers.next()).value as string) as Round;
}

const folder = await readModelFolder(modelDir);
const encoder = (await loadArchitecture(folder.modelType, folder.configPath))(folder.config, folder.configPath);
const tokenizer = parseTokenizer(await Bun.file(folder.tokenizerPath).text(), folder.tokenizerPath);
const model = { folder, encoder, tokenizer, maxTokens: folder.maxTokens };
const params = loadParams(encoder, folder.weightFiles);
const settings = v.parse(ContrastiveSettings, { maxGradNorm: 0 });
const stepper = contrastiveStepper(model, params, settings);
const batch = rows.map(({ negative, ...row }) => ({ ...row, negatives: [negative] }));

function ours(): Round {
  const [began, used] = [performance.now(), process.cpuUsage()];
  for (let step = 0; step < STEPS; step++) stepOn(stepper, model, batch, 1e-6);
  const { user, system } = process.cpuUsage(used);
  return { seconds: (performance.now() - began) / 1000, cpu: (user + system) / 1e6 };
}

const best = { ours: { seconds: Infinity, cpu: Infinity }, theirs: { seconds: Infinity, cpu: Infinity } };
const keep = (who: keyof typeof best, round: Round) => {
  best[who] = { seconds: Math.min(best[who].seconds, round.seconds), cpu: Math.min(best[who].cpu, round.cpu) };
};
for (let round = 0; round <= rounds; round++) {
  const [own, other] = [ours(), await theirs()];
  if (round === 0) continue; // Both warm up.
  keep("ours", own);
  keep("theirs", other);
}
peer.stdin.end();
stepper[Symbol.dispose]();
rmSync(scratch, { recursive: true });

const show = ({ seconds, cpu }: Round) => `${(seconds / STEPS).toFixed(3)} s, ${(cpu / STEPS).toFixed(3)} s of CPU`;
console.log(
  `${flattenParams(params).length} arrays, ${ROWS} rows of three texts, best of ${rounds} × ${STEPS} steps; one step:`,
);
console.log(`mdp                    ${show(best.ours)}`);
console.log(`sentence-transformers  ${show(best.theirs)}`);
console.log(
  `ratio                  ${(best.theirs.seconds / best.ours.seconds).toFixed(2)}, ${(best.theirs.cpu / best.ours.cpu).toFixed(2)} by CPU`,
);
