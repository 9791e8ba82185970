/** Damaged files of every format, many thousand each. Usage: bun bench/fuzz.ts [--count 10000] [--first 1] [FORMAT…] */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { formats } from "../src/ingest/formats/index.ts";
import { openReaderPool } from "../src/ingest/read.ts";
import { fuzz } from "../test/support/fuzz.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { count: { type: "string", default: "10000" }, first: { type: "string", default: "1" } },
});
const folder = await mkdtemp(join(tmpdir(), "mdp-fuzz-"));
let faults = 0;
try {
  await using pool = openReaderPool({ concurrency: 1, readTimeoutMs: 5_000, readMemoryBytes: 1_500_000_000 });
  for (const name of positionals.length > 0 ? positionals : formats.names) {
    const start = performance.now();
    const result = await fuzz(name, { count: Number(values.count), first: Number(values.first), folder, pool });
    const seconds = ((performance.now() - start) / 1_000).toFixed(1);
    const slowest = `slowest ${Math.round(result.slowestMs)} ms`;
    console.log(
      `${name}: ${values.count} files in ${seconds} s, ${result.documents} documents, ${result.rejects} rejects, ` +
        `${result.failures.length} faults, ${slowest}`,
    );
    for (const failure of result.failures.slice(0, 20)) console.log(`  ${JSON.stringify(failure)}`);
    faults += result.failures.length;
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
process.exitCode = faults > 0 ? 1 : 0;
