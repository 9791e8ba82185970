/** Goal: a model of a type that is known for several things is told by its folder, its class or its name. */
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { modelKind } from "../../src/models/kind.ts";

const fixture = (name: string) => join(import.meta.dir, "../../fixtures/models", name);

describe("a model", () => {
  test.each([
    ["bert", "tiny-bert-embedder", "any-name", "BertModel", "embedding"],
    ["bert", "tiny-bert-reranker", "any-name", "BertForSequenceClassification", "scoring"],
    ["llama", "tiny-llama", "tiny-llama", "LlamaForCausalLM", "generating"],
    ["llama", "tiny-llama", "tiny-llama", "LlamaForSequenceClassification", "generating"],
    ["qwen3", "tiny-qwen3-embedder", "any-name", "Qwen3Model", "embedding"],
    ["qwen3", "tiny-qwen3-reranker", "any-name", "Qwen3ForCausalLM", "generating"],
    ["qwen3", "tiny-qwen3-reranker", "Qwen/Qwen3-Reranker-0.6B", "Qwen3ForCausalLM", "scoring"],
    ["qwen3", "tiny-qwen3-reranker", "Qwen/Qwen3-Embedding-0.6B", "Qwen3ForCausalLM", "embedding"],
    ["gemma3_text", "tiny-gemma3_text-embedder", "any-name", "Gemma3TextModel", "embedding"],
    ["gemma3_text", "tiny-llama", "gemma-3-1b-it", "Gemma3ForCausalLM", "generating"],
  ] as const)("of type %s in %s, called %s, a %s, is %s", (modelType, dir, name, architecture, kind) => {
    expect(modelKind({ modelType, dir: fixture(dir), names: [name], architectures: [architecture] })).toBe(kind);
  });
});
