/** Formats and sources that are external commands: nothing runs before it is trusted, and nothing gets out of hand. */
import { afterAll, describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { IngestReport } from "../../src/pipelines/ingest.ts";
import type { SearchReport } from "../../src/pipelines/search.ts";
import { mdp, type Run, TempProject } from "../support/project.ts";

const stateHome = mkdtempSync(join(tmpdir(), "mdp-trust-"));
afterAll(() => rmSync(stateHome, { recursive: true, force: true }));

const run = (project: TempProject, ...args: string[]): Promise<Run> =>
  mdp(args, { cwd: project.dir, env: { XDG_STATE_HOME: stateHome } });
async function json<T>(project: TempProject, ...args: string[]): Promise<T> {
  const { stdout, stderr } = await run(project, ...args, "--json");
  if (stdout === "") throw new Error(stderr);
  return JSON.parse(stdout) as T;
}
const ingest = (project: TempProject, ...args: string[]) => json<IngestReport>(project, "ingest", ...args);
const hits = async (project: TempProject, query: string) =>
  (await json<SearchReport>(project, "search", "--text", query)).hits;

/** Reads files of lines `id|owner|text`; a line "junk" is printed as it is. */
const READER = `
const { path } = JSON.parse(await Bun.stdin.text());
await Bun.write("ran.txt", "yes");
for (const line of (await Bun.file(path).text()).trim().split("\\n")) {
  const [id, owner, text] = line.split("|");
  console.log(id === "junk" ? owner : JSON.stringify({ id, text, title: "Ticket " + id, metadata: { owner } }));
}
`;
const command = (...words: string[]) => JSON.stringify([process.execPath, ...words]);
const YAML = `formats:
  ticket:
    command: ${command("reader.ts")}
    extensions: [tkt]
engines:
  tickets:
    formats: [ticket]
    columns:
      owner: text
    context: Tickets of the help desk.
`;
const FILES = {
  "mdp.yaml": YAML,
  "reader.ts": READER,
  "in/a.tkt": "7|ada|the printer is on fire\n8|bob|the coffee machine is out of beans\n",
  "in/b.md": "# Printers\n\nHow to buy a printer.\n",
};

describe("a format of mdp.yaml", () => {
  test("that fails for another reason than before is a new failure, and an old one when it is run again", async () => {
    using project = new TempProject({ ...FILES, "in/a.tkt": "junk|no JSON at all|\n" });
    expect(await ingest(project, "in")).toMatchObject({
      failed: 1,
      stillFailing: 0,
      failures: [{ code: "not-trusted" }],
    });
    await run(project, "trust");
    const failures = [{ path: "in/a.tkt", code: "invalid-json" }];
    expect(await ingest(project, "in")).toMatchObject({ failed: 1, stillFailing: 0, failures });
    expect(await ingest(project, "in")).toMatchObject({ failed: 1, stillFailing: 1, failures: [] });
  });

  test("runs nothing before it is trusted, and asks again when its script or its entry changes", async () => {
    using project = new TempProject(FILES);
    const before = await ingest(project, "in");
    expect(before).toMatchObject({ added: 1, failed: 1, failures: [{ path: "in/a.tkt", code: "not-trusted" }] });
    expect(existsSync(project.path("ran.txt"))).toBe(false);
    const shown = await json(project, "trust", "--show");
    expect(shown).toMatchObject({
      trusted: false,
      commands: [{ name: "formats.ticket" }],
      files: [{ path: "reader.ts" }],
    });

    expect(await json(project, "trust")).toMatchObject({ trusted: true });
    expect(await ingest(project, "in")).toMatchObject({ added: 1, unchanged: 1, failed: 0 });
    expect(existsSync(project.path("ran.txt"))).toBe(true);
    expect(await ingest(project, "in")).toMatchObject({ unchanged: 2, chunks: { embedded: 0 } });

    rmSync(project.path("ran.txt"));
    project.write("reader.ts", `${READER}// changed`);
    project.write("in/a.tkt", "7|ada|the printer is fine\n");
    expect(await ingest(project, "in")).toMatchObject({ failures: [{ code: "not-trusted" }] });
    expect(existsSync(project.path("ran.txt"))).toBe(false);
    const { stdout } = await run(project, "trust", "--show");
    expect(stdout).toContain("not trusted: something has changed");
    await run(project, "trust");
    expect(await ingest(project, "in")).toMatchObject({ failed: 0, updated: 1 });
    expect(await json(project, "trust", "--revoke")).toMatchObject({ trusted: false });
    project.write("in/a.tkt", "7|ada|the printer is gone\n");
    expect(await ingest(project, "in")).toMatchObject({ failures: [{ code: "not-trusted" }] });
  }, 300_000);

  test("feeds an engine that stands in mdp.yaml alone, with columns of its own", async () => {
    using project = new TempProject(FILES);
    await run(project, "trust");
    expect((await ingest(project, "in")).engines).toMatchObject({
      tickets: { documents: 2 },
      documents: { documents: 1 },
    });
    expect(await hits(project, "printer fire")).toMatchObject([
      {
        engine: "tickets",
        uri: "in/a.tkt#id=7",
        title: "Ticket 7",
        fields: { owner: "ada" },
        context: "Tickets of the help desk.",
      },
      { engine: "documents" },
    ]);
    const { hits: mine } = await json<SearchReport>(project, "search", "machine", "--filter", "owner = 'bob'");
    expect(mine.map(({ title }) => title)).toEqual(["Ticket 8"]);
  }, 300_000);

  test("names the line and field of what is no document, and keeps the others", async () => {
    using project = new TempProject(FILES);
    project.write(
      "in/a.tkt",
      'junk|no json\n7|ada|fire\njunk|{"text": 5}\njunk|{"txt": "x"}\njunk|{"error": "page 3 is torn"}\n',
    );
    await run(project, "trust");
    const { failures } = await ingest(project, "in");
    expect(failures).toMatchObject([
      { row: 1, code: "invalid-json", reason: expect.stringContaining("line 1 is no JSON") },
      { row: 3, code: "invalid-document", field: "text", reason: expect.stringContaining('line 3: "text"') },
      { row: 4, code: "invalid-document", reason: expect.stringContaining("line 4") },
      { row: 5, code: "external-error", reason: "line 5: page 3 is torn" },
    ]);
    expect((await hits(project, "fire")).length).toBe(1);
  }, 300_000);

  test.each([
    ["waits for ever", "sh -c|sleep 60", "timeoutMs: 300", "command-timeout", "raise formats.ticket.timeoutMs"],
    [
      "fills memory",
      `${process.execPath}|-e|const a = []; while (a.length < 40) a.push(new Uint8Array(1e7).fill(1)); setInterval(() => a.length, 1000);`,
      "memoryBytes: 200MB",
      "command-memory",
      "raise formats.ticket.memoryBytes",
    ],
    ["fails", "sh|-c|echo oh no >&2; exit 3", "timeoutMs: 10s", "command-failed", "run it by hand"],
    ["does not exist", "./nothing-here", "timeoutMs: 10s", "command-not-found", "paths are relative"],
  ])(
    "that %s costs its own file only",
    async (_, words, limit, code, hint) => {
      using project = new TempProject({
        ...FILES,
        "mdp.yaml": `formats:\n  ticket:\n    command: ${JSON.stringify(words.replace("sh -c", "sh|-c").split("|"))}\n    extensions: [.tkt]\n    ${limit}\n`,
      });
      await run(project, "trust");
      const report = await ingest(project, "in");
      expect(report).toMatchObject({
        added: 1,
        failures: [{ path: "in/a.tkt", code, hint: expect.stringContaining(hint) }],
      });
      if (code === "command-failed") expect(report.failures[0]!.reason).toContain("exit code 3: oh no");
    },
    300_000,
  );
});

describe("a source of mdp.yaml", () => {
  const SOURCE = `console.log(await Bun.file("feed.jsonl").text()); if (await Bun.file("broken").exists()) process.exit(1);`;
  const feed = (...texts: string[]) => texts.map((text, i) => JSON.stringify({ id: i, text })).join("\n");
  const project = new TempProject({
    "mdp.yaml": `sources:\n  feed:\n    command: ${command("feed.ts")}\n`,
    "feed.ts": SOURCE,
    "feed.jsonl": feed("apples are cheap", "pears are dear"),
  });
  afterAll(() => project[Symbol.dispose]());

  test("is refused untrusted, and by another name", async () => {
    expect(await run(project, "ingest", "source:feed")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("not trusted"),
    });
    expect(await run(project, "ingest", "source:fed")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('"source:feed"'),
    });
  });

  test("gives documents, embeds again only what is new, and drops what is gone", async () => {
    await run(project, "trust");
    expect(await ingest(project, "source:feed")).toMatchObject({ added: 1, chunks: { embedded: 2, total: 2 } });
    expect(await ingest(project, "source:feed")).toMatchObject({ unchanged: 1, chunks: { embedded: 0 } });
    project.write("feed.jsonl", feed("apples are cheap", "plums are ripe", "figs are sweet"));
    expect(await ingest(project, "source:feed")).toMatchObject({
      updated: 1,
      chunks: { embedded: 2, removed: 1, total: 3 },
    });
    expect(await hits(project, "apples")).toMatchObject([{ path: "source:feed", uri: "source:feed#id=0" }]);
    expect(await hits(project, "pears")).toEqual([]);
  }, 300_000);

  test("that fails keeps what it gave before", async () => {
    project.write("broken", "");
    expect(await ingest(project, "source:feed")).toMatchObject({
      failed: 1,
      deleted: 0,
      failures: [{ code: "command-failed" }],
    });
    expect((await hits(project, "figs")).length).toBe(1);
  }, 300_000);
});
