/** Damaged files of every format: whatever the bytes, reading ends with valid documents or named rejects. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import * as v from "valibot";
import { Document } from "../../../src/core/document.ts";
import { formats } from "../../../src/ingest/formats/index.ts";
import { openReaderPool, type ReaderPool } from "../../../src/ingest/read.ts";
import { FORMAT_FIXTURES } from "../../contracts/format.ts";
import { readFile } from "../../support/read.ts";

setDefaultTimeout(300_000);

let dir = "";
let pool: ReaderPool;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "mdp-damage-"));
  pool = openReaderPool({ concurrency: 1, readTimeoutMs: 60_000, readMemoryBytes: 1_500_000_000 });
});
afterAll(async () => {
  await pool[Symbol.asyncDispose]();
  await rm(dir, { recursive: true, force: true });
});

/** Bytes overwritten, removed or put in, at any place. */
const damage = fc.array(
  fc.record({
    at: fc.nat(5_000),
    remove: fc.integer({ min: 0, max: 40 }),
    insert: fc.oneof(
      fc.uint8Array({ maxLength: 8 }),
      fc.constantFrom('"', "<", ">", "{", "[", "\n", "\r", "\0", "\ufeff", "---\n").map((text) => Buffer.from(text)),
    ),
  }),
  { minLength: 1, maxLength: 5 },
);

function apply(bytes: Uint8Array, edits: readonly { at: number; remove: number; insert: Uint8Array }[]): Buffer {
  let result = Buffer.from(bytes);
  for (const { at, remove, insert } of edits) {
    const from = at % (result.length + 1);
    result = Buffer.concat([result.subarray(0, from), insert, result.subarray(from + remove)]);
  }
  return result;
}

describe("damage", () => {
  for (const name of formats.names) {
    const files = readdirSync(join(FORMAT_FIXTURES, name)).map((file) => join(FORMAT_FIXTURES, name, file));

    test(`of a ${name} file ends with valid documents or named rejects`, async () => {
      await fc.assert(
        fc.asyncProperty(fc.constantFrom(...files), damage, async (file, edits) => {
          const path = join(dir, `damaged-${file.split("/").at(-1)}`);
          await writeFile(path, apply(readFileSync(file), edits));
          const { documents, rejects } = await readFile(path, { format: name }, { pool });
          for (const document of documents) {
            expect(v.is(Document, document)).toBe(true);
            expect(
              document.segments.every((segment, i) => i === 0 || segment.start >= document.segments[i - 1]!.start),
            ).toBe(true);
          }
          for (const reject of rejects) expect(reject.reason).not.toBe("");
        }),
        { numRuns: name === "pdf" ? 40 : 100 },
      );
    });
  }

  test("in front matter that stands for billions of values is not unfolded", async () => {
    const names = "abcdefghi";
    const lines = ["a: &a [x,x,x,x,x,x,x,x,x,x]"];
    for (let i = 1; i < names.length; i++)
      lines.push(
        `${names[i]}: &${names[i]} [${Array(10)
          .fill(`*${names[i - 1]}`)
          .join(",")}]`,
      );
    await writeFile(join(dir, "laughs.md"), `---\n${lines.join("\n")}\n---\ntext\n`);
    const { documents } = await readFile(join(dir, "laughs.md"), {}, { pool });
    expect(documents).toMatchObject([{ metadata: { note: expect.stringContaining("kept as text") } }]);
  });

  test("in headings made to be slow is no matter", async () => {
    const heading = `# a${" ".repeat(15_000)}#${" ".repeat(3_000)}x\n`;
    await writeFile(join(dir, "slow.md"), heading);
    expect((await readFile(join(dir, "slow.md"), {}, { pool })).documents[0]!.title).toBe("a");
  });
});
