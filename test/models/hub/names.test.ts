/** Goal: ids, globs and environment variables mean what they mean to huggingface_hub, and no name leaves its folder. */
import { describe, expect, test } from "bun:test";
import { join, sep } from "node:path";
import * as fc from "fast-check";
import { hubEnvironment, hubToken } from "../../../src/models/hub/environment.ts";
import { parseModelId, requireModelId, safeParts } from "../../../src/models/hub/names.ts";
import { DEFAULT_INCLUDE, fileFilter } from "../../../src/models/hub/patterns.ts";
import { python } from "../../support/peers.ts";
import { TempProject } from "../../support/project.ts";

const reference = async <T>(command: string, requests: readonly object[]): Promise<T[]> => {
  const lines = requests.map((request) => `${JSON.stringify(request)}\n`).join("");
  return (await python("test/parity/hub_layout.py", [command], lines)).map((line) => JSON.parse(line));
};

describe("a model's id", () => {
  test("may have an organisation and a revision", () => {
    expect(parseModelId("org/name")).toEqual({ repo: "org/name", revision: undefined });
    expect(parseModelId("gpt2")).toEqual({ repo: "gpt2", revision: undefined });
    expect(parseModelId("org/na.me_2@refs/pr/1")).toEqual({ repo: "org/na.me_2", revision: "refs/pr/1" });
    expect(requireModelId("org/name", "v1.0").revision).toBe("v1.0");
  });

  test.each([
    "",
    "a/b/c",
    "/a",
    "a/",
    "../a",
    "a/..",
    "a--b/c",
    ".a/b",
    "a/b.",
    "a b",
    "a/b@",
    "a/b@../x",
    "a/b@x/../y",
    "a/b@.hidden",
    "a/b@x//y",
    "a/b@x/",
    "a\\b",
    "a/b@-x",
    `a/${"b".repeat(100)}`,
    "a/b@c@d",
    "a/b\0",
  ])("is not %j", (text) => {
    expect(parseModelId(text)).toBeUndefined();
    expect(() => requireModelId(text)).toThrow("is not the id");
  });

  test("names one revision only", () => {
    expect(() => requireModelId("a/b@x", "y")).toThrow("two revisions");
    expect(() => requireModelId("a/b", "../y")).toThrow("is not a revision");
    expect(requireModelId("a/b@x", "x").revision).toBe("x");
  });
});

describe("a file's name", () => {
  test("stays in its folder, whatever it is", () => {
    const odd = fc.array(fc.constantFrom("..", ".", "a", "", "/", "\\", "b.json", "\0", "C:", "~"), { maxLength: 6 });
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          odd.map((parts) => parts.join("/")),
        ),
        (name) => {
          let parts: string[];
          try {
            parts = safeParts(name, "here");
          } catch (error) {
            expect((error as { code: string }).code).toBe("hub-unsafe-name");
            return;
          }
          const path = join("/base", ...parts);
          expect(path.startsWith(`/base${sep}`) && path.length === "/base/".length + name.length).toBe(true);
        },
      ),
      { seed: 3, numRuns: 2000 },
    );
  });
});

describe("globs", () => {
  test("leave the files that huggingface_hub's leave", async () => {
    const files = [
      "config.json",
      "sub/config.json",
      "model.safetensors",
      "model-00001-of-00002.safetensors",
      "onnx/model.onnx",
      "a[1].txt",
      "a1.txt",
      "x.py",
      "tokenizer.model",
      "weights/model.bin",
      "README.md",
      ".gitattributes",
      "a^b",
      "sub/deep/x.jinja",
    ];
    const requests = [
      { include: DEFAULT_INCLUDE, exclude: [] },
      { include: ["*"], exclude: ["*.json", "onnx/"] },
      { include: ["model*", "sub/"], exclude: [] },
      { include: ["a[1].txt", "a[[]1].txt"], exclude: [] },
      { include: ["?.py", "[!a]*.txt", "a?b"], exclude: [] },
      { include: ["[", "a[^1]*", "*[.]md"], exclude: ["**"] },
      { include: ["**/*.json", "*.{json,md}", "a\\^b"], exclude: [] },
    ];
    const theirs = await reference<string[]>(
      "choose",
      requests.map((request) => ({ ...request, files })),
    );
    for (const [i, request] of requests.entries()) {
      expect({ ...request, kept: files.filter(fileFilter(request)) }).toEqual({ ...request, kept: theirs[i]! });
    }
  });

  test("of many stars take no longer than of one", () => {
    expect(fileFilter({ include: [`${"*".repeat(500)}x`], exclude: [] })("a".repeat(1000))).toBe(false);
  });
});

describe("the environment", () => {
  test("leads where it leads huggingface_hub", async () => {
    using home = new TempProject({
      "h/token": " hf_file\n",
      elsewhere: "hf_other",
      ".cache/huggingface/token": "hf_home",
    });
    const base = { HOME: home.dir, HF_HUB_OFFLINE: "", HF_HOME: "", HF_HUB_CACHE: "", HF_TOKEN: "", HF_ENDPOINT: "" };
    const unset = (environment: Record<string, string>) =>
      Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ""));
    const environments = [
      {},
      { HF_HOME: home.path("h") },
      { HF_HOME: "~/h", HF_ENDPOINT: "http://127.0.0.1:9/" },
      { HF_HUB_CACHE: home.path("cache"), HF_TOKEN: "hf_given" },
      { HUGGING_FACE_HUB_TOKEN: "hf_old\n", HF_HUB_OFFLINE: "yes" },
      { XDG_CACHE_HOME: home.path("xdg"), HF_HUB_OFFLINE: "0" },
      { HF_TOKEN_PATH: home.path("elsewhere"), TRANSFORMERS_OFFLINE: "TRUE" },
    ].map((own) => unset({ ...base, ...own }));
    const theirs = await reference("environment", environments);
    for (const [i, environment] of environments.entries()) {
      const token = hubToken(environment) ?? null;
      expect<unknown>({ ...hubEnvironment(environment), token }).toEqual(theirs[i]);
    }
  });

  test("with a token that no request can carry is an error that does not repeat it", () => {
    using home = new TempProject({ token: "hf_a b" });
    const environments = [{ HF_TOKEN: "ключ" }, { HUGGING_FACE_HUB_TOKEN: "hf_\u0001" }, { HF_HOME: home.dir }];
    for (const [i, name] of ["HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", home.path("token")].entries()) {
      expect(() => hubToken(environments[i]!)).toThrow(`${name} holds characters that no token has`);
      expect(() => hubToken(environments[i]!)).not.toThrow(/ключ|hf_a/);
    }
  });

  test("with an endpoint that is no address is an error", () => {
    for (const HF_ENDPOINT of ["hub", "file:///etc", "http://"]) {
      expect(() => hubEnvironment({ HF_ENDPOINT })).toThrow("HF_ENDPOINT is not an address");
    }
  });
});
