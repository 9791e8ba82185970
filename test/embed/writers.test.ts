/** Goal: each format's own library reads back what was written. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openVectorWriter, vectorWriters } from "../../src/embed/writers/index.ts";
import { python } from "../support/peers.ts";

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "mdp-writers-"));
});
afterAll(() => rmSync(dir, { recursive: true }));

const DIMENSION = 5;
const rows = (count: number, seed: number) =>
  new Float32Array(count * DIMENSION).map((_, i) => Math.sin(i + seed) * 1e-3);

/** Writes 3 + 0 + 2 rows in three steps. */
async function writeFive(path: string) {
  const writer = await openVectorWriter(path, { dimension: DIMENSION });
  await writer.write(["a", 'b\n"', 3], rows(3, 1));
  await writer.write([], rows(0, 2));
  await writer.write(["ü", ""], rows(2, 3));
  await writer.close();
  return new Float32Array([...rows(3, 1), ...rows(2, 3)]);
}

describe.each(["npy", "safetensors", "arrow"])("%s", (format) => {
  test("is read back by its own library", async () => {
    const path = join(dir, `five.${format}`);
    const expected = await writeFive(path);
    const found = JSON.parse((await python("test/parity/read_vectors.py", [path], ""))[0]!);
    expect(found).toMatchObject({ shape: [5, DIMENSION], dtype: "float32" });
    expect(new Float32Array(found.values)).toEqual(expected);
    if (format === "arrow") expect(found.ids).toEqual(["a", 'b\n"', "3", "ü", ""]);
  });

  test("may have no rows", async () => {
    const path = join(dir, `none.${format}`);
    await (await openVectorWriter(path, { dimension: DIMENSION })).close();
    const found = JSON.parse((await python("test/parity/read_vectors.py", [path], ""))[0]!);
    expect(found).toMatchObject({ shape: [0, DIMENSION], values: [] });
  });
});

describe("jsonl", () => {
  test("keeps ids and every bit of the numbers", async () => {
    const path = join(dir, "five.jsonl");
    const expected = await writeFive(path);
    const lines = readFileSync(path, "utf8")
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines.map((line) => line.id)).toEqual(["a", 'b\n"', 3, "ü", ""]);
    expect(new Float32Array(lines.flatMap((line) => line.vector))).toEqual(expected);
  });
});

describe("every writer", () => {
  test.each([...vectorWriters.names])("%s leaves nothing behind when it is given up", async (format) => {
    const writer = await openVectorWriter(join(dir, `given-up.${format}`), { dimension: DIMENSION });
    await writer.write(["a"], rows(1, 1));
    await writer.abort();
    expect(readdirSync(dir).filter((name) => name.startsWith("given-up"))).toEqual([]);
  });

  test.each([...vectorWriters.names])("%s in a folder that is not there is an error with the path", async (format) => {
    const path = join(dir, "no-folder", `x.${format}`);
    await expect(openVectorWriter(path, { dimension: DIMENSION })).rejects.toMatchObject({
      code: "output-unwritable",
      where: path,
    });
  });

  test("an unknown ending is an error that lists the known ones", async () => {
    await expect(openVectorWriter("x.csv", { dimension: 1 })).rejects.toMatchObject({
      code: "usage",
      hint: expect.stringContaining(".npy"),
    });
  });
});
