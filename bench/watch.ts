/**
 * `mdp watch` on a large tree: start, memory, idle time of the processor, and how long it takes until changes can be found.
 *
 *     bun bench/watch.ts [files=20000] [idle seconds=30] [files a folder=50]
 *
 * Files of 20 words over 200 texts, so that hardly anything is embedded; Linux only, which tells a process's times.
 */
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { IngestReport } from "../src/pipelines/ingest.ts";
import { random } from "../test/store/rows.ts";

const [files = 20_000, idleSeconds = 30, PER_FOLDER = 50] = process.argv.slice(2).map(Number);
const TICKS = 100;
const MAIN = join(import.meta.dir, "../src/main.ts");

const dir = mkdtempSync(join(tmpdir(), "mdp-watch-"));
const env = { ...process.env, MDP_VECTORS: join(dir, "vectors") };
process.on("exit", () => rmSync(dir, { recursive: true, force: true }));

const draw = random(7);
const words = Array.from(
  { length: 600 },
  (_, i) => `${"bcdfghklmnprst"[i % 14]}${"aeiou"[i % 5]}${"lmnrst"[i % 6]}${i}`,
);
const text = () => Array.from({ length: 20 }, () => words[Math.floor(draw() * words.length)]).join(" ");
const texts = Array.from({ length: 200 }, text);
const place = (i: number) =>
  join(dir, "tree", `part-${Math.floor(i / 5_000)}`, `d${Math.floor(i / PER_FOLDER)}`, `f${i}.txt`);
for (let i = 0; i < files; i++) {
  if (i % PER_FOLDER === 0) mkdirSync(join(place(i), ".."), { recursive: true });
  writeFileSync(place(i), `${texts[i % texts.length]}\n`);
}

class Watch {
  readonly child = Bun.spawn(["bun", MAIN, "watch", "tree", "--json", "--log-format", "json"], {
    cwd: dir,
    env,
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  readonly #lines = linesOf(this.child.stdout);
  readonly #notes = linesOf(this.child.stderr);

  async round(): Promise<IngestReport> {
    const { value, done } = await this.#lines.next();
    if (done) throw new Error("mdp watch has ended");
    return JSON.parse(value) as IngestReport;
  }

  async says(words: string): Promise<string> {
    for (;;) {
      const { value, done } = await this.#notes.next();
      if (done) throw new Error(`mdp watch has ended without: ${words}`);
      if (value.includes(words)) return value;
    }
  }

  /** Seconds of the processor so far. */
  cpu(): number {
    const fields = readFileSync(`/proc/${this.child.pid}/stat`, "utf8").split(") ")[1]!.split(" ");
    return (Number(fields[11]) + Number(fields[12])) / TICKS;
  }

  memory(): string {
    const status = readFileSync(`/proc/${this.child.pid}/status`, "utf8");
    const of = (key: string) => Math.round(Number(new RegExp(`${key}:\\s+(\\d+)`).exec(status)![1]) / 1024);
    return `${of("VmRSS")} MB, at most ${of("VmHWM")} MB`;
  }

  async stop(): Promise<void> {
    this.child.kill("SIGINT");
    await this.child.exited;
  }
}

async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string, void> {
  let text = "";
  for await (const part of stream.pipeThrough(new TextDecoderStream())) {
    text += part;
    const lines = text.split("\n");
    text = lines.pop()!;
    yield* lines;
  }
}

const seconds = (since: number) => `${((performance.now() - since) / 1000).toFixed(2)} s`;
async function measured(what: string, watch: Watch, change: () => void): Promise<void> {
  const cpu = watch.cpu();
  const began = performance.now();
  change();
  const made = performance.now();
  const { added, updated, moved, deleted } = await watch.round();
  const used = (watch.cpu() - cpu).toFixed(2);
  const told = Object.entries({ added, updated, moved, deleted }).filter(([, count]) => count > 0);
  const counts = told.map(([name, count]) => `${count} ${name}`).join(", ");
  console.log(
    `${what}: ${seconds(made)} after the last change (made in ${((made - began) / 1000).toFixed(2)} s), cpu ${used} s: ${counts}`,
  );
}

let began = performance.now();
let watch = new Watch();
await watch.round();
console.log(`first start, everything read: round ${seconds(began)}, cpu ${watch.cpu().toFixed(2)} s`);
await watch.says("watching");
console.log(`  watching after ${seconds(began)}; memory ${watch.memory()}`);
await watch.stop();

began = performance.now();
watch = new Watch();
await watch.round();
await watch.says("watching");
console.log(
  `second start, nothing changed: watching after ${seconds(began)}, cpu ${watch.cpu().toFixed(2)} s; memory ${watch.memory()}`,
);

const before = watch.cpu();
await Bun.sleep(idleSeconds * 1000);
console.log(`idle: ${((watch.cpu() - before) * 1000).toFixed(0)} ms of the processor in ${idleSeconds} s`);

for (let i = 0; i < 3; i++) {
  await measured("an edit", watch, () => writeFileSync(place(777 + i), `${texts[3]} edited ${i}\n`));
}
await measured("2,000 edits", watch, () => {
  for (let i = 0; i < Math.min(2_000, files); i++) writeFileSync(place(i), `${texts[(i + 1) % texts.length]}\n`);
});
await measured("a folder renamed", watch, () => renameSync(join(dir, "tree/part-0"), join(dir, "tree/renamed")));
await measured("an edit in it", watch, () =>
  writeFileSync(place(151).replace("part-0", "renamed"), `${texts[9]} moved\n`),
);
await measured("a folder deleted", watch, () => rmSync(join(dir, "tree/renamed"), { recursive: true }));
console.log(`memory ${watch.memory()}`);
renameSync(join(dir, "tree"), join(dir, "away"));
console.log(`the root gone: ${await watch.says("error")}`);
await Bun.sleep(1000);
const gone = watch.cpu();
await Bun.sleep(5000);
console.log(`  ${((watch.cpu() - gone) * 1000).toFixed(0)} ms of the processor in 5 s then`);
renameSync(join(dir, "away"), join(dir, "tree"));
await measured("the root back, with an edit", watch, () => writeFileSync(place(5_000), `${texts[9]} back\n`));
await watch.stop();
