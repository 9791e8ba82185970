/**
 * Finds copies in a process of its own, which tests kill.
 *
 * usage: bun run.ts FOLDER: reads texts.json; leaves resolved.json, and out.jsonl and removed.jsonl of documents.jsonl.
 */
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { dedupJsonlFilesExact, readCuts, resolveDuplicates } from "../../../../src/curate/dedup/dedup.ts";
import { removedIn, settingsOf } from "./find.ts";

const folder = process.argv[2]!;
const { texts, tasks, wanted } = JSON.parse(readFileSync(join(folder, "texts.json"), "utf8"));
const found = await resolveDuplicates({
  tasks,
  settings: settingsOf(wanted),
  workDir: join(folder, "work"),
  parallel: 50,
  text: (document) => texts[document],
});
const said = { removals: await removedIn(found), cuts: [...readCuts(found.cutsPath!)], cluster: [...found.cluster] };
writeFileSync(join(folder, "resolved.new"), JSON.stringify(said));
renameSync(join(folder, "resolved.new"), join(folder, "resolved.json"));
await dedupJsonlFilesExact({
  files: [{ input: join(folder, "documents.jsonl"), output: join(folder, "out.jsonl") }],
  settings: { normalize: true, memoryBytes: 20_000 },
  removedPath: join(folder, "removed.jsonl"),
  workDir: join(folder, "exact"),
});
