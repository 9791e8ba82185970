/** A model's card, README.md: the keys at its top that the hub reads, and a text for people. */
import { existsSync, readFileSync } from "node:fs";

export type CardKeys = Readonly<Record<string, unknown>>;

export interface Card {
  keys: CardKeys;
  /** All below the keys. */
  text: string;
}

/** What the card is made of. */
export interface CardFacts {
  /** The name under which the model is shared. */
  name: string;
  /** `model_type` of the configuration. */
  modelType: string;
  /** Whether it makes vectors or text. */
  kind: "embedding" | "generating";
  /** The model that it was made of, by its id on the hub. */
  baseModel?: string | undefined;
  parameters?: number | undefined;
  /** Longest text, in tokens. */
  maxTokens?: number | undefined;
  quantization?: { bits: number; groupSize: number; mode: string } | undefined;
}

/** The card of a folder; empty where there is none, or its keys cannot be read. */
export function readCard(path: string): Card {
  if (!existsSync(path)) return { keys: {}, text: "" };
  const content = readFileSync(path, "utf8");
  const [whole = "", head] = /^---\r?\n([\s\S]*?)\r?\n---[ \t]*(?:\r?\n|$)/.exec(content) ?? [];
  return { keys: head === undefined ? {} : keysOf(head), text: content.slice(whole.length).trim() };
}

function keysOf(head: string): CardKeys {
  try {
    const value: unknown = Bun.YAML.parse(head);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};
  } catch {
    return {};
  }
}

/** Keys and text in one; JSON is YAML. */
export function cardText({ keys, text }: Card): string {
  const lines = Object.entries(keys).map(([key, value]) => `${key}: ${JSON.stringify(value)}`);
  return `---\n${lines.join("\n")}\n---\n${text === "" ? "" : `\n${text}\n`}`;
}

/** mlx-lm's keys over those that were there; what it does not know stays. */
export function cardKeys(before: CardKeys, facts: CardFacts): CardKeys {
  const generates = facts.kind === "generating";
  const own = ["mlx", ...(facts.quantization ? [`${facts.quantization.bits}-bit`] : [])];
  const tags = Array.isArray(before.tags) ? before.tags : [];
  return {
    ...(Object.keys(before).length === 0 ? { language: "en" } : before),
    library_name: generates ? "mlx" : "sentence-transformers",
    pipeline_tag: generates ? "text-generation" : "sentence-similarity",
    tags: [...tags, ...own.filter((tag) => !tags.includes(tag))],
    ...(facts.baseModel === undefined ? {} : { base_model: facts.baseModel }),
  };
}

/** What the model is, and how it is used. */
export function cardBody(facts: CardFacts): string {
  const { name, modelType, kind, baseModel, parameters, maxTokens, quantization } = facts;
  const origin = baseModel === undefined ? "" : ` It was made of [${baseModel}](https://huggingface.co/${baseModel}).`;
  const rows = [
    ["Architecture", modelType],
    ["Parameters", parameters?.toLocaleString("en-US")],
    ["Longest text", maxTokens === undefined ? undefined : `${maxTokens.toLocaleString("en-US")} tokens`],
    [
      "Quantized",
      quantization && `${quantization.bits} bits in groups of ${quantization.groupSize} (${quantization.mode})`,
    ],
  ].flatMap(([label, value]) => (value === undefined ? [] : [`| ${label} | ${value} |`]));
  const use = kind === "generating" ? generating(name) : embedding(name);
  return `# ${name}

A model ${kind === "generating" ? "that generates text, for MLX" : "that turns texts into vectors"}.${origin}

| | |
|---|---|
${rows.join("\n")}

## Use

${use}`;
}

function generating(name: string): string {
  return `With mdp:

\`\`\`bash
mdp model get ${name}
mdp generate --model ${name} --prompt "hello"
\`\`\`

With mlx-lm:

\`\`\`bash
pip install mlx-lm
mlx_lm.generate --model ${name} --prompt "hello"
\`\`\``;
}

function embedding(name: string): string {
  return `With mdp:

\`\`\`bash
mdp model get ${name}
echo "a text" | mdp embed --model ${name}
\`\`\`

With sentence-transformers:

\`\`\`python
from sentence_transformers import SentenceTransformer

vectors = SentenceTransformer("${name}").encode(["a text"])
\`\`\``;
}
