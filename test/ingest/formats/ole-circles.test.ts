/** Circles in compound files: chains of sectors and trees of entries end where they would come back. */
import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { withoutCircles } from "../../../src/ingest/formats/shared/ole-circles.ts";

const FIXTURES = join(import.meta.dir, "../../../fixtures/formats");
const doc = () => new Uint8Array(readFileSync(join(FIXTURES, "doc/tides.doc")));
const xls = () => new Uint8Array(readFileSync(join(FIXTURES, "xls/tides.xls")));
const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer);
const SECTOR = 512;
const placeOfNext = (view: DataView, sector: number) => (view.getInt32(76, true) + 1) * SECTOR + 4 * sector;
const directory = (view: DataView) => (view.getInt32(48, true) + 1) * SECTOR;

describe("a compound file", () => {
  test("without a circle comes back as it is", () => {
    for (const bytes of [doc(), xls()]) expect(withoutCircles(bytes)).toBe(bytes);
  });

  test("whose chain of sectors comes back to its beginning gets an end there, and no other byte changes", () => {
    const bytes = doc();
    const view = viewOf(bytes);
    const first = view.getInt32(48, true);
    let last = first;
    while (view.getInt32(placeOfNext(view, last), true) >= 0) last = view.getInt32(placeOfNext(view, last), true);
    const intact = bytes.slice();
    view.setInt32(placeOfNext(view, last), first, true);
    expect(withoutCircles(bytes)).toEqual(intact);
    expect(bytes).not.toEqual(intact);
  });

  test("whose entry names itself, or the root, as its neighbour loses that link", () => {
    for (const target of [0, 1]) {
      const bytes = xls();
      const view = viewOf(bytes);
      const left = directory(view) + 128 + 68;
      view.setInt32(left, target, true);
      expect(viewOf(withoutCircles(bytes)).getInt32(left, true)).toBe(-1);
    }
  });

  test("that is cut off or no such file at all is no error", () => {
    for (const length of [0, 10, 511, 512, 1_000, 2_000]) {
      expect(withoutCircles(doc().slice(0, length))).toHaveLength(length);
      expect(withoutCircles(new Uint8Array(length).fill(255))).toHaveLength(length);
    }
  });
});
