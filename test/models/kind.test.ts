/** Goal: a model of a type that makes both vectors and text is told by its folder or its name. */
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { modelKind } from "../../src/models/kind.ts";

const fixture = (name: string) => join(import.meta.dir, "../../fixtures/models", name);

describe("a model", () => {
  test.each([
    ["bert", fixture("tiny-bert-classifier"), "tiny-bert-classifier", "embedding"],
    ["llama", fixture("tiny-llama"), "tiny-llama", "generating"],
    ["qwen3", fixture("tiny-qwen3-embedder"), "any-name", "embedding"],
    ["qwen3", fixture("tiny-qwen3-reranker"), "any-name", "generating"],
    ["qwen3", fixture("tiny-qwen3-reranker"), "Qwen/Qwen3-Embedding-0.6B", "embedding"],
    ["gemma3_text", fixture("tiny-gemma3_text-embedder"), "any-name", "embedding"],
    ["gemma3_text", fixture("tiny-llama"), "gemma-3-1b-it", "generating"],
  ] as const)("of type %s in %s, called %s, is %s", (type, dir, name, kind) => {
    expect(modelKind(type, dir, name)).toBe(kind);
  });
});
