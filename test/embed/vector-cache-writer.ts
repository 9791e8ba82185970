/** A process that fills a vector cache, for tests: `bun vector-cache-writer.ts DIR FROM TO`; says so after each batch. */
import { VectorCache, vectorKey } from "../../src/embed/vector-cache.ts";

const [dir, from, to] = process.argv.slice(2);
using cache = new VectorCache(dir!, 100_000_000);
for (let first = Number(from); first < Number(to); first += 50) {
  cache.add(
    Array.from({ length: 50 }, (_, i) => ({
      key: vectorKey("m", `text ${first + i}`),
      vector: Float32Array.from({ length: 384 }, (_, k) => Math.fround(Math.sin((first + i) * 31 + k))),
      truncated: (first + i) % 3 === 0,
    })),
  );
  process.stdout.write(`${first}\n`);
}
if (cache.warnings.length > 0) throw new Error(cache.warnings.join("; "));
