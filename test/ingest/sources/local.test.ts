/** Which files are found, in which order, and what is left out with which reason. */
import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { $ } from "bun";
import * as v from "valibot";
import type { Reject } from "../../../src/core/document.ts";
import { projectAt } from "../../../src/core/project.ts";
import { IngestSettings } from "../../../src/ingest/config.ts";
import { listLocal, listPaths, rootOf } from "../../../src/ingest/sources/local.ts";
import { compareBytes } from "../../../src/ingest/sources/shared/walk.ts";
import type { Skip, SourceItem } from "../../../src/ingest/sources/source.ts";

setDefaultTimeout(300_000);

const folders: string[] = [];
afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

/** A project folder with the given files, content by path. */
async function projectWith(files: Record<string, string>) {
  const dir = await mkdtemp(join(tmpdir(), "mdp-source-"));
  folders.push(dir);
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(dir, path)), { recursive: true });
    await writeFile(join(dir, path), content);
  }
  return projectAt(dir);
}

async function list(project: ReturnType<typeof projectAt>, input: string | string[], settings: object = {}) {
  const skips: Skip[] = [];
  const rejects: Reject[] = [];
  const items: SourceItem[] = [];
  const events = { onSkip: (skip: Skip) => skips.push(skip), onReject: (reject: Reject) => rejects.push(reject) };
  const parsed = v.parse(IngestSettings, settings);
  const listed =
    typeof input === "string"
      ? listLocal(project, join(project.dir, input), parsed, events)
      : listPaths(
          project,
          (async function* () {
            for (const path of input) yield join(project.dir, path);
          })(),
          parsed,
          events,
        );
  for await (const item of listed) items.push(item);
  return {
    items,
    paths: items.map((item) => item.shown),
    skips: skips.map(({ path, reason }) => `${reason} ${path}`).sort(),
    rejects,
  };
}

describe("folder", () => {
  test("yields its files in byte order of their paths", async () => {
    const names = ["b/1.md", "b-a.md", "b.md", "a/z/1.txt", "a.txt", "ü.md", "\u{1f600}.md", "\uffee.md", "Z.md"];
    const project = await projectWith(Object.fromEntries(names.map((name) => [name, "x"])));
    const { paths } = await list(project, ".");
    expect(paths).toEqual([...names].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))));
    expect(compareBytes("\u{1f600}", "\uffee")).toBeGreaterThan(0);
  });

  test("tells what it leaves out in byte order, whatever the order of the disk", async () => {
    const names = Array.from({ length: 50 }, (_, i) => `.${(i * 37) % 50}`);
    const project = await projectWith(Object.fromEntries(names.map((name) => [name, "x"])));
    const told: string[] = [];
    const events = { onSkip: ({ path }: Skip) => told.push(path), onReject: () => {} };
    for await (const _ of listLocal(project, project.dir, v.parse(IngestSettings, {}), events)) throw new Error();
    expect(told).toEqual(names.toSorted(compareBytes));
  });

  test("gives each file its uri, root, size and time", async () => {
    const project = await projectWith({ "docs/a 1%.md": "four" });
    const { items } = await list(project, "docs");
    expect(items).toEqual([
      {
        uri: "docs/a%201%25.md",
        path: join(project.dir, "docs/a 1%.md"),
        shown: "docs/a 1%.md",
        root: "docs",
        size: 4,
        mtimeNs: expect.any(BigInt),
      },
    ]);
  });

  test("leaves hidden files, .git and .mdp out, and reads hidden ones when asked", async () => {
    const project = await projectWith({
      ".env": "",
      ".github/x.md": "",
      ".git/config": "",
      ".mdp/state.db": "",
      "a.md": "",
    });
    const plain = await list(project, ".");
    expect(plain.paths).toEqual(["a.md"]);
    expect(plain.skips).toEqual(["hidden .env", "hidden .github", "internal .git", "internal .mdp"]);
    expect((await list(project, ".", { hidden: true })).paths).toEqual([".env", ".github/x.md", "a.md"]);
  });

  test("names an unreadable folder and goes on", async () => {
    if (process.getuid?.() === 0) return expectUnreadableAsRoot();
    const project = await projectWith({ "a/1.md": "", "b/1.md": "" });
    await chmod(join(project.dir, "a"), 0);
    const { paths, rejects } = await list(project, ".");
    await chmod(join(project.dir, "a"), 0o755);
    expect(paths).toEqual(["b/1.md"]);
    expect(rejects).toMatchObject([{ uri: "a", code: "folder-unreadable" }]);
  });

  /** Permissions do not hold for root; a folder that vanishes while it is walked fails the same way. */
  async function expectUnreadableAsRoot() {
    const project = await projectWith({ "a/1.md": "", "b/1.md": "" });
    const rejects: Reject[] = [];
    const paths: string[] = [];
    const events = { onSkip: () => {}, onReject: (reject: Reject) => rejects.push(reject) };
    const walk = listLocal(project, project.dir, v.parse(IngestSettings, {}), events);
    for await (const item of walk) {
      paths.push(item.shown);
      await rm(join(project.dir, "b"), { recursive: true, force: true });
    }
    expect(paths).toEqual(["a/1.md"]);
    expect(rejects).toMatchObject([{ uri: "b", code: "folder-unreadable" }]);
  }

  test("never opens a FIFO, and yields names with percent, newline and quotes", async () => {
    const names = ["100%.md", "new\nline.md", "quo\"te's.md", "back\\slash.md", " space .md"];
    const project = await projectWith(Object.fromEntries(names.map((name) => [name, "x"])));
    await $`mkfifo ${join(project.dir, "pipe")}`;
    const { paths, skips } = await list(project, ".");
    expect(paths.sort()).toEqual([...names].sort());
    expect(skips).toEqual(["not-a-file pipe"]);
  });

  test("names a file whose name is not UTF-8", async () => {
    const project = await projectWith({ "a.md": "x" });
    await $`cd ${project.dir} && sh -c ${"printf x > \"$(printf 'caf\\351.md')\""}`;
    const { paths, rejects } = await list(project, ".");
    expect(paths).toEqual(["a.md"]);
    expect(rejects).toMatchObject([{ code: "name-not-utf8", hint: expect.stringContaining("rename") }]);
  });
});

describe("ignore files", () => {
  test("hold from their folder down, the innermost first, with negation", async () => {
    const project = await projectWith({
      ".gitignore": "*.log\nbuild/\n/only-top.md\n",
      "a.log": "",
      "only-top.md": "",
      "build/x.md": "",
      "sub/only-top.md": "",
      "sub/.gitignore": "!keep.log\n",
      "sub/keep.log": "",
      "sub/drop.log": "",
      "sub/build/y.md": "",
      "sub/.mdpignore": "secret.md\n",
      "sub/secret.md": "",
    });
    const { paths, skips } = await list(project, ".");
    expect(paths).toEqual(["sub/keep.log", "sub/only-top.md"]);
    expect(skips).toContain("ignored build");
    expect(skips).toContain("ignored sub/build");
    expect((await list(project, ".", { gitignore: false })).paths).toContain("build/x.md");
  });

  test("of the folders above the root hold too; those of git end at the top of the repository", async () => {
    const project = await projectWith({
      "repo/.git/info/exclude": "private.md\n",
      "repo/.gitignore": "docs/drafts/\n*.tmp\n",
      ".gitignore": "*.md\n",
      "repo/docs/a.md": "",
      "repo/docs/a.tmp": "",
      "repo/docs/private.md": "",
      "repo/docs/drafts/b.md": "",
      "repo/docs/.mdpignore": "c.md\n",
      "repo/docs/c.md": "",
      "outside.md": "",
    });
    expect((await list(project, "repo/docs")).paths).toEqual(["repo/docs/a.md"]);
    expect((await list(project, "repo")).paths).toEqual(["repo/docs/a.md"]);
    expect((await list(project, ".")).paths).toEqual(["repo/docs/a.md"]);
  });

  test("do not hide a root that was named although they would leave it out", async () => {
    const project = await projectWith({ ".gitignore": "vendor/\n", "vendor/lib/a.md": "", "b.md": "" });
    expect((await list(project, "vendor/lib")).paths).toEqual(["vendor/lib/a.md"]);
    expect((await list(project, ".")).paths).toEqual(["b.md"]);
  });

  test("bring back a hidden folder that they name with an exclamation mark", async () => {
    const project = await projectWith({ ".mdpignore": "!.github/\n", ".github/a.md": "", ".other/b.md": "" });
    expect((await list(project, ".")).paths).toEqual([".github/a.md"]);
  });

  test("come after the exclude setting", async () => {
    const project = await projectWith({ ".gitignore": "!a.txt\n", "a.txt": "", "sub/a.txt": "", "b.txt": "" });
    expect((await list(project, ".", { exclude: ["a.txt"] })).paths).toEqual(["b.txt"]);
    expect((await list(project, ".", { exclude: ["/a.txt"] })).paths).toEqual(["b.txt", "sub/a.txt"]);
  });
});

describe("symbolic links", () => {
  test("are followed inside the root, not out of it, and never in circles", async () => {
    const project = await projectWith({ "root/real/a.md": "x", "outside/b.md": "x", "root/z.md": "x" });
    const at = (path: string) => join(project.dir, "root", path);
    await symlink("../outside", at("out"));
    await symlink("../outside/b.md", at("out.md"));
    await symlink(".", at("self"));
    await symlink("..", at("real/up"));
    await symlink("real", at("to-real"));
    await symlink("z.md", at("to-z.md"));
    await symlink("nowhere", at("broken"));
    const { paths, skips } = await list(project, "root");
    expect(paths).toEqual(["root/real/a.md", "root/to-real/a.md", "root/to-z.md", "root/z.md"]);
    expect(skips).toEqual([
      "broken-link root/broken",
      "link-to-walked root/real/up",
      "link-to-walked root/self",
      "link-to-walked root/to-real/up",
      "outside-root root/out",
      "outside-root root/out.md",
    ]);
  });
});

describe("glob", () => {
  test("matches below its base, and stays off hidden and ignored files", async () => {
    const project = await projectWith({
      "docs/a.md": "",
      "docs/a.txt": "",
      "docs/sub/b.md": "",
      "docs/.hidden.md": "",
      ".gitignore": "ignored.md",
      "docs/ignored.md": "",
    });
    expect((await list(project, "docs/*.md")).paths).toEqual(["docs/a.md"]);
    expect((await list(project, "docs/**/*.md")).paths).toEqual(["docs/a.md", "docs/sub/b.md"]);
    expect((await list(project, "docs/{a,sub/b}.{md,txt}")).paths).toEqual([
      "docs/a.md",
      "docs/a.txt",
      "docs/sub/b.md",
    ]);
    expect((await list(project, "docs/.*.md")).paths).toEqual(["docs/.hidden.md"]);
  });

  test("is a plain name when a file has that name", async () => {
    const project = await projectWith({ "a[1].md": "x", "a1.md": "x" });
    expect((await list(project, "a[1].md")).paths).toEqual(["a[1].md"]);
  });
});

describe("named file and list", () => {
  test("a named file is read although it is hidden and ignored", async () => {
    const project = await projectWith({ ".gitignore": ".secret.md", ".secret.md": "x" });
    const { paths, items } = await list(project, ".secret.md");
    expect(paths).toEqual([".secret.md"]);
    expect(items[0]!.root).toBe(".secret.md");
  });

  test("a named FIFO is refused by name", async () => {
    const project = await projectWith({ "a.md": "x" });
    await $`mkfifo ${join(project.dir, "pipe")}`;
    expect((await list(project, "pipe")).rejects).toMatchObject([{ uri: "pipe", code: "not-a-file" }]);
  });

  test("a list keeps its order, each file once, and names what is missing", async () => {
    const project = await projectWith({ "b.md": "x", "a.md": "x", ".hidden.md": "x", "docs/c.md": "x" });
    const { paths, rejects, skips, items } = await list(project, [
      "b.md",
      ".hidden.md",
      "gone.md",
      "a.md",
      "b.md",
      "docs",
    ]);
    expect(paths).toEqual(["b.md", ".hidden.md", "a.md"]);
    expect(rejects).toMatchObject([{ uri: "gone.md", code: "not-found" }]);
    expect(skips).toEqual(["folder docs"]);
    expect(items.map((item) => item.root)).toEqual(["-", "-", "-"]);
  });
});

describe("root", () => {
  test("tells its kind, whether it exists, and which paths it covers", async () => {
    const project = await projectWith({ "docs/a.md": "x" });
    const root = (input: string) => rootOf(project, join(project.dir, input));
    const folder = await root("docs");
    expect(folder).toMatchObject({ shown: "docs", kind: "folder", exists: true });
    expect([folder.matches("docs/x/y.md"), folder.matches("docs2/y.md"), folder.matches("docs")]).toEqual([
      true,
      false,
      true,
    ]);
    const glob = await root("docs/**/*.md");
    expect(glob).toMatchObject({ shown: "docs/**/*.md", kind: "glob", exists: true });
    expect([glob.matches("docs/x/y.md"), glob.matches("docs/x.txt"), glob.matches("y.md")]).toEqual([
      true,
      false,
      false,
    ]);
    const all = await root(".");
    expect([all.matches("docs/x.md"), all.matches("/elsewhere/x.md")]).toEqual([true, false]);
    expect(await root("gone")).toMatchObject({ shown: "gone", exists: false });
    expect(await root("docs/a.md")).toMatchObject({ shown: "docs/a.md", kind: "file", exists: true });
  });
});

test("a folder of 1,000 names is walked, and can be left early", async () => {
  const project = await projectWith({ ".gitignore": "*.log\n" });
  await $`cd ${project.dir} && mkdir many && cd many && seq 1 1000 | xargs touch`;
  let count = 0;
  const events = { onSkip: () => {}, onReject: () => {} };
  for await (const _ of listLocal(project, project.dir, v.parse(IngestSettings, {}), events)) count++;
  expect(count).toBe(1_000);
  for await (const _ of listLocal(project, project.dir, v.parse(IngestSettings, {}), events)) if (--count < 900) break;
  expect(count).toBe(899);
});
