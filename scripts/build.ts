/** Makes the executable: `bun scripts/build.ts [--target linux-x64|darwin-arm64]`. Called by scripts/build.sh. */
import { statSync } from "node:fs";
import { relative } from "node:path";
import { parseArgs } from "node:util";
import { compile } from "./build/compile.ts";
import { host, outfileOf, root, targets } from "./build/targets.ts";

const { values } = parseArgs({ options: { target: { type: "string", default: host } } });
const target = targets.find(({ name }) => name === values.target);
if (!target) {
  console.error(`error: no target "${values.target}"\nfix:   one of ${targets.map(({ name }) => name).join(", ")}`);
  process.exit(2);
}

const outfile = outfileOf(target);
const started = performance.now();
try {
  await compile(target, outfile);
} catch (error) {
  const details = error instanceof AggregateError ? error.errors : [error];
  for (const detail of details) console.error(describe(detail));
  process.exit(1);
}
const seconds = ((performance.now() - started) / 1000).toFixed(1);
console.error(`==> ${relative(root, outfile)}: ${(statSync(outfile).size / 1e6).toFixed(0)} MB in ${seconds} s`);

/** The bundler's messages carry a position in the source. */
function describe(error: unknown): string {
  const { message, position } = error as Partial<BuildMessage>;
  const where = position ? `\n  in:  ${relative(root, position.file)}:${position.line}` : "";
  return `error: ${message ?? error}${where}`;
}
