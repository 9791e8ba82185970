/** Where a command finds its project, and what it says when there is none. */
import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { createProject, findProject, locateProject, projectToFill, requireProject } from "../../src/config/project.ts";
import { TempProject } from "../support/project.ts";

const codeOf = (body: () => unknown) => {
  try {
    body();
  } catch (error) {
    return (error as { code: string }).code;
  }
  return undefined;
};

describe("the project", () => {
  test("is the nearest parent with .mdp/", () => {
    using folder = new TempProject({ ".mdp/state.db": "", "a/b/c.txt": "" });
    expect(findProject(folder.path("a/b"))?.dir).toBe(folder.dir);
  });

  test("is the nearest parent with mdp.yaml, before a farther .mdp/", () => {
    using folder = new TempProject({ ".mdp/state.db": "", "a/mdp.yaml": "", "a/b/c.txt": "" });
    expect(findProject(folder.path("a/b"))?.dir).toBe(folder.path("a"));
  });

  test("is the folder of --project, and not a parent of it", () => {
    using folder = new TempProject({ ".mdp/state.db": "", "a/b.txt": "" });
    expect(locateProject("/", folder.dir)?.dir).toBe(folder.dir);
    expect(locateProject(folder.dir, "a")).toBeNull();
    expect(codeOf(() => locateProject(folder.dir, "a/b.txt"))).toBe("usage");
  });

  test("is missed by commands that read", () => {
    using folder = new TempProject({ "mdp.yaml": "" });
    expect(codeOf(() => requireProject(folder.dir, undefined))).toBe("no-project");
    expect(codeOf(() => requireProject(folder.dir, "nowhere"))).toBe("no-project");
  });

  test("is made where an ingest runs, and keeps itself out of commits", () => {
    using folder = new TempProject({ "a/b.txt": "" });
    const project = projectToFill(folder.dir, "new/place");
    expect(existsSync(project.stateDir)).toBe(false);
    createProject(project);
    expect(project.dir).toBe(folder.path("new/place"));
    expect(readFileSync(folder.path("new/place/.mdp/.gitignore"), "utf8")).toBe("*\n");
  });

  test("cannot be made where a file is in the way", () => {
    using folder = new TempProject({ ".mdp": "a file" });
    expect(codeOf(() => createProject(projectToFill(folder.dir, undefined)))).toBe("project-not-writable");
  });
});
