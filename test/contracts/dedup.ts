/** What every way of finding copies must do, whatever it takes for a copy. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type DedupJob,
  type Resolution,
  readCuts,
  resolveDuplicates,
  runDedupJob,
} from "../../src/curate/dedup/dedup.ts";
import { hasBit } from "../../src/curate/dedup/files/bits.ts";
import { findCopies, removedIn, settingsOf, signaturesOf, type Wanted } from "../curate/dedup/support/find.ts";

/** Everything that a resolution says, in a form to compare. */
async function said(found: Resolution) {
  return {
    removed: Buffer.from(found.removed).toString("hex"),
    cluster: [...found.cluster],
    clusters: found.clusters,
    counts: found.counts,
    removals: await removedIn(found),
    cuts: found.cutsPath === undefined ? [] : [...readCuts(found.cutsPath)],
  };
}

/** `texts` has copies of the kind that the settings look for. */
export function dedupContract(name: string, settings: Wanted, texts: readonly string[]): void {
  describe(name, () => {
    let folder: string;
    let expected: Awaited<ReturnType<typeof said>>;
    const text = (document: number) => texts[document];
    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), "mdp-dedup-contract-"));
      expected = await said(await findCopies(folder, texts, settings));
    });
    afterAll(() => rmSync(folder, { recursive: true, force: true }));

    test("finds something", () => {
      expect(expected.removals.length + expected.cuts.length).toBeGreaterThan(0);
    });

    test("removes each document for one that stays and is similar enough, and marks just those", async () => {
      const found = await findCopies(folder, texts, settings);
      const removals = await removedIn(found);
      const marked = texts.map((_, document) => document).filter((document) => hasBit(found.removed, document));
      expect(removals.map(({ doc }) => doc)).toEqual(marked);
      for (const { doc, partner, score } of removals) {
        expect(hasBit(found.removed, partner)).toBe(false);
        expect(partner).toBeLessThan(doc);
        expect(score).toBeGreaterThanOrEqual(settingsOf(settings).threshold);
        expect(found.cluster[doc]).toBe(found.cluster[partner]!);
      }
    });

    test.each([10, 64])("does not depend on tasks: %i documents in each", async (perTask) => {
      expect(await said(await findCopies(folder, texts, settings, { perTask }))).toEqual(expected);
    });

    test("does not depend on the memory of a job, nor on the order and place of jobs", async () => {
      // Jobs travel as JSON and are done last first, each twice, as after a kill.
      const runJobs = async (jobs: DedupJob[]) => {
        for (const job of (JSON.parse(JSON.stringify(jobs)) as DedupJob[]).reverse()) {
          await runDedupJob(job, { text });
          await runDedupJob(job, { text });
        }
      };
      const little = { ...settings, memoryBytes: 16_000_000 };
      const found = await findCopies(folder, texts, little, { perTask: 50, parallel: 100, runJobs });
      expect(await said(found)).toEqual(expected);
    });

    test("takes up the work of a call that was stopped, and gives the same", async () => {
      const tasks = await signaturesOf(folder, texts, settings);
      const workDir = join(mkdtempSync(join(folder, "stopped-")), "work");
      const options = { tasks, settings: settingsOf(settings), workDir, text };
      const stop = new Error("stopped");
      let calls = 0;
      const runJobs = async (jobs: DedupJob[]) => {
        for (const job of jobs) await runDedupJob(job, { text });
        if (++calls === 1) throw stop;
      };
      await expect(resolveDuplicates({ ...options, runJobs })).rejects.toBe(stop);
      const kept = readdirSync(workDir).filter((file) => file.endsWith(".group"));
      const before = kept.map((file) => statSync(join(workDir, file)).mtimeMs);
      expect(kept.length).toBeGreaterThan(0);
      expect(await said(await resolveDuplicates(options))).toEqual(expected);
      expect(kept.map((file) => statSync(join(workDir, file)).mtimeMs)).toEqual(before);
    });

    test("removes and cuts what an earlier corpus has, for its sake", async () => {
      const against = await signaturesOf(folder, texts, settings);
      const both = (document: number) => texts[document % texts.length];
      const found = await findCopies(folder, texts, settings, { against, text: both });
      expect(found.unverified).toBe(0);
      const { removals, cuts } = await said(found);
      const partners = [...removals, ...cuts.flatMap((document) => document.cuts)].map(({ partner }) => partner);
      expect(Math.min(...partners)).toBeGreaterThanOrEqual(texts.length);
      expect(removals.length).toBeGreaterThanOrEqual(expected.removals.length);
      // Equal texts are copies for every method that looks at whole documents with words.
      if (expected.removals.length === 0) return;
      const gone = new Set(removals.map(({ doc }) => doc));
      expect(texts.flatMap((content, document) => (content !== "" && !gone.has(document) ? [document] : []))).toEqual(
        [],
      );
    });

    test("takes what an earlier run removed for not there", async () => {
      const [source] = await signaturesOf(folder, texts, settings);
      const removedPath = join(folder, "all.bits");
      await Bun.write(removedPath, new Uint8Array(Math.ceil(texts.length / 8)).fill(255));
      const found = await findCopies(folder, texts, settings, { against: [{ ...source!, removedPath }] });
      expect(await said(found)).toEqual(expected);
    });
  });
}
