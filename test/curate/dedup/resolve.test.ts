/** Goal: which documents go, for which others, and what is said when something is missing. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type DedupJob, openSignatures, resolveDuplicates, runDedupJob } from "../../../src/curate/dedup/dedup.ts";
import { hasBit } from "../../../src/curate/dedup/files/bits.ts";
import { findCopies, removedIn, settingsOf, signaturesOf } from "./support/find.ts";
import { wordsOf } from "./support/texts.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "mdp-dedup-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** 100 words from a window over an endless text: windows that are `shift` apart share 96 - shift of their 5-grams. */
const windowAt = (shift: number) =>
  wordsOf("w", 100 + shift)
    .slice(shift)
    .join(" ");

describe("exact", () => {
  test("removes all but the first of equal texts, whatever their case and punctuation", async () => {
    const texts = ["Hello, World!", "other", "hello world", "", "HELLO -- world", ""];
    const found = await findCopies(folder, texts, { method: ["exact"] });
    expect(await removedIn(found)).toEqual([
      { doc: 2, partner: 0, score: 1, method: "exact" },
      { doc: 4, partner: 0, score: 1, method: "exact" },
      { doc: 5, partner: 3, score: 1, method: "exact" },
    ]);
    expect([...found.cluster]).toEqual([0, 1, 0, 3, 0, 3]);
    expect(found).toMatchObject({ documents: 6, clusters: 2, counts: { exact: 3 } });
    const more = await findCopies(folder, texts, { method: ["minhash", "exact", "substring"] });
    expect(Object.entries(more.counts)).toEqual([
      ["minhash", 0],
      ["exact", 3],
      ["substring", 0],
    ]);
    expect([...found.removed]).toEqual([0b110100]);
    expect([...readFileSync(found.removedPath)]).toEqual([0b110100]);
  });

  test("tells texts apart by case and punctuation when they are not normalized", async () => {
    const texts = ["Hello, World!", "hello world", "Hello, World!"];
    const found = await findCopies(folder, texts, { method: ["exact"], normalize: false });
    expect((await removedIn(found)).map(({ doc }) => doc)).toEqual([2]);
  });
});

describe("near copies", () => {
  test("go with their score, and what resembles too little stays", async () => {
    const texts = [windowAt(0), windowAt(500), windowAt(5)];
    const found = await findCopies(folder, texts, { method: ["minhash"] });
    expect(await removedIn(found)).toEqual([{ doc: 2, partner: 0, score: 91 / 101, method: "minhash" }]);
  });

  test("are removed for a document that stays only: what resembles a removed one alone stays, in its cluster", async () => {
    // Neighbours share 88 of 104; the first and the third 80 of 112, which is below the threshold.
    const texts = [windowAt(0), windowAt(8), windowAt(16)];
    const found = await findCopies(folder, texts, { method: ["minhash"], bands: 40, rows: 4 });
    expect(await removedIn(found)).toEqual([{ doc: 1, partner: 0, score: 88 / 104, method: "minhash" }]);
    expect([...found.cluster]).toEqual([0, 0, 0]);
    expect(found.clusters).toBe(1);
  });

  test("that are copies of a removed document go for what that went for", async () => {
    const texts = [windowAt(0), windowAt(5), windowAt(5).toUpperCase()];
    const found = await findCopies(folder, texts, { method: ["exact", "minhash"] });
    const removal = { partner: 0, score: 91 / 101, method: "minhash" };
    expect(await removedIn(found)).toEqual([
      { doc: 1, ...removal },
      { doc: 2, ...removal },
    ] as never);
    // The third was not compared again.
    expect(found.compared).toBe(1);
  });

  test("go for the most similar of those that stay", async () => {
    const texts = [windowAt(0), windowAt(18), windowAt(12)];
    const found = await findCopies(folder, texts, { method: ["minhash"], bands: 60, rows: 4, threshold: 0.75 });
    expect(await removedIn(found)).toEqual([{ doc: 2, partner: 1, score: 90 / 102, method: "minhash" }]);
  });

  test("by containment: an excerpt of an earlier text goes, a text around an earlier excerpt stays", async () => {
    const long = wordsOf("w", 150).join(" ");
    const excerpt = wordsOf("w", 100).join(" ");
    const wanted = { method: ["minhash" as const], verify: "containment" as const, bands: 60, rows: 3 };
    expect(await removedIn(await findCopies(folder, [long, excerpt], wanted))).toEqual([
      { doc: 1, partner: 0, score: 1, method: "minhash" },
    ]);
    expect(await removedIn(await findCopies(folder, [excerpt, long], wanted))).toEqual([]);
  });

  test("short texts are near copies only when all their words are equal, and empty ones never", async () => {
    const texts = ["one two", "ONE, two!", "one three", "", "..."];
    const found = await findCopies(folder, texts, { method: ["minhash", "simhash"] });
    expect((await removedIn(found)).map(({ doc }) => doc)).toEqual([1]);
  });
});

describe("an earlier corpus", () => {
  test("wins over a run's own documents; its documents are numbered after them", async () => {
    const earlier = ["unrelated", windowAt(5), "equal text"];
    const texts = ["Equal text!", windowAt(0), windowAt(1), "new", "equal text"];
    const wanted = { method: ["exact" as const, "minhash" as const] };
    const found = await findCopies(folder, texts, wanted, {
      against: await signaturesOf(folder, earlier, wanted, 2),
      text: (doc) => (doc < texts.length ? texts[doc] : earlier[doc - texts.length]),
    });
    expect(await removedIn(found)).toEqual([
      { doc: 0, partner: 7, score: 1, method: "exact" },
      { doc: 1, partner: 6, score: 91 / 101, method: "minhash" },
      { doc: 2, partner: 6, score: 92 / 100, method: "minhash" },
      { doc: 4, partner: 7, score: 1, method: "exact" },
    ]);
    expect([...found.cluster]).toEqual([7, 6, 6, 3, 7]);
  });

  test("whose texts cannot be had removes equal texts only; what could not be compared is counted", async () => {
    const wanted = { method: ["exact" as const, "minhash" as const] };
    const texts = ["equal text", windowAt(5)];
    const found = await findCopies(folder, texts, wanted, {
      against: await signaturesOf(folder, ["equal text", windowAt(0)], wanted),
      text: (doc) => texts[doc],
    });
    expect((await removedIn(found)).map(({ doc }) => doc)).toEqual([0]);
    expect(found.unverified).toBe(1);
  });

  test("whose signatures were made otherwise is an error that names the difference", async () => {
    const against = await signaturesOf(folder, ["a"], { method: ["minhash"], bands: 13 });
    const failure = findCopies(folder, ["a"], { method: ["minhash"] }, { against });
    await expect(failure).rejects.toMatchObject({
      code: "signatures-differ",
      message: expect.stringMatching(/bands=13 .*bands=14 /),
      where: against[0]!.path,
    });
    const none = await signaturesOf(folder, ["a"], { method: ["exact"] });
    await expect(findCopies(folder, ["a"], { method: ["minhash"] }, { against: none })).rejects.toThrow("nothing");
  });
});

describe("what is damaged or stopped", () => {
  test("signatures that are cut off, or of other documents than is said, are an error", async () => {
    const [source] = await signaturesOf(folder, ["a", "b"], { method: ["exact"] });
    const options = { settings: settingsOf({ method: ["exact"] }), workDir: join(folder, "damaged"), text: () => "" };
    const resolve = (documents: number) =>
      resolveDuplicates({ ...options, tasks: [{ path: source!.path, documents }] });
    await expect(resolve(3)).rejects.toMatchObject({ code: "signatures-differ" });
    const bytes = readFileSync(source!.path);
    for (const length of [0, 7, 50, bytes.length - 1]) {
      writeFileSync(source!.path, bytes.subarray(0, length));
      await expect(resolve(2)).rejects.toMatchObject({ code: "signatures-unreadable", where: source!.path });
    }
    rmSync(source!.path);
    await expect(resolve(2)).rejects.toMatchObject({ code: "signatures-unreadable" });
  });

  test("signatures appear when they are complete, and discarded ones leave nothing", async () => {
    const place = mkdtempSync(join(folder, "appear-"));
    const path = join(place, "task.sig");
    const writer = openSignatures(path, settingsOf({ method: ["minhash"] }));
    writer.add("some words");
    expect(existsSync(path)).toBe(false);
    writer.discard();
    expect(readdirSync(place)).toEqual([]);
    expect(() => openSignatures(join(place, "missing", "x"), settingsOf({ method: ["exact"] }))).toThrow("written");
  });

  test("a job's file that is damaged is made again", async () => {
    const texts = [windowAt(0), windowAt(5), windowAt(0)];
    const runJobs = async (jobs: DedupJob[]) => {
      for (const job of jobs) {
        writeFileSync(job.out, "half a f");
        await runDedupJob(job, { text: (doc) => texts[doc] });
      }
    };
    const found = await findCopies(folder, texts, { method: ["exact", "minhash"] }, { runJobs });
    expect((await removedIn(found)).map(({ doc }) => doc)).toEqual([1, 2]);
  });

  test("a work folder of another plan is not taken for this one's", async () => {
    const workDir = join(folder, "other-plan");
    const first = await findCopies(folder, ["a b", "a b"], { method: ["exact"] }, { workDir });
    expect(hasBit(first.removed, 1)).toBe(true);
    const tasks = await signaturesOf(folder, ["a b", "c d"], { method: ["exact"] });
    const second = await findCopies(folder, [], { method: ["exact"] }, { workDir, tasks });
    expect(hasBit(second.removed, 1)).toBe(false);
    // The same path and number of documents, with other contents.
    const [other] = await signaturesOf(folder, ["c d", "c d"], { method: ["exact"] });
    writeFileSync(tasks[0]!.path, readFileSync(other!.path));
    const third = await findCopies(folder, [], { method: ["exact"] }, { workDir, tasks });
    expect(hasBit(third.removed, 1)).toBe(true);
  });

  test("an aborted call ends with the reason", async () => {
    const controller = new AbortController();
    const reason = new Error("enough");
    const stages: string[] = [];
    const failure = findCopies(
      folder,
      ["a", "a"],
      { method: ["exact", "minhash"] },
      {
        signal: controller.signal,
        onProgress: ({ stage, done, total }) => {
          stages.push(`${stage} ${done}/${total}`);
          if (done === total) controller.abort(reason);
        },
      },
    );
    await expect(failure).rejects.toBe(reason);
    expect(stages).toEqual(["group exact 0/1", "group exact 1/1"]);
  });
});
