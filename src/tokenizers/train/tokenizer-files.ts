/** The files of a trained tokenizer as Hugging Face's libraries read them. */
import { roles } from "./special-tokens.ts";
import type { Learned } from "./trainer.ts";

/** Contents by file name: `tokenizer.json`, `tokenizer_config.json`, `special_tokens_map.json`. */
export function tokenizerFiles(learned: Learned, special: readonly string[]): Record<string, string> {
  const named = new Set<string>(Object.values(roles));
  const additional = special.filter((token) => !named.has(token));
  return {
    "tokenizer.json": tokenizerJson(learned, special),
    "tokenizer_config.json": pretty({
      added_tokens_decoder: Object.fromEntries(special.map((content, id) => [id, addedToken(content)])),
      additional_special_tokens: additional,
      ...roles,
      clean_up_tokenization_spaces: false,
      tokenizer_class: "PreTrainedTokenizerFast",
    }),
    "special_tokens_map.json": pretty({ ...roles, additional_special_tokens: additional }),
  };
}

function tokenizerJson(learned: Learned, special: readonly string[]): string {
  const parts: [string, string][] = [
    ["version", '"1.0"'],
    ["truncation", "null"],
    ["padding", "null"],
    ["added_tokens", JSON.stringify(special.map((content, id) => ({ id, ...addedToken(content) })))],
    ["normalizer", JSON.stringify(learned.normalizer)],
    ["pre_tokenizer", JSON.stringify(learned.pre_tokenizer)],
    ["post_processor", JSON.stringify(learned.post_processor)],
    ["decoder", JSON.stringify(learned.decoder)],
    ["model", modelJson(learned)],
  ];
  return `{\n${parts.map(([key, value]) => `  "${key}": ${value}`).join(",\n")}\n}\n`;
}

/** Written by hand: an object of JavaScript would move tokens like "2024" to its front, out of the order of ids. */
function modelJson({ model, tokens, merges, scores }: Learned): string {
  const fields = Object.entries(model).map(([key, value]) => `"${key}": ${JSON.stringify(value)}`);
  if (scores) {
    const pairs = tokens.map((token, id) => `      [${JSON.stringify(token)}, ${scores[id]}]`);
    fields.push(`"vocab": [\n${pairs.join(",\n")}\n    ]`);
  } else {
    const ids = tokens.map((token, id) => `      ${JSON.stringify(token)}: ${id}`);
    fields.push(`"vocab": {\n${ids.join(",\n")}\n    }`);
  }
  if (merges) {
    const rows = merges.map(([left, right]) => `      ${JSON.stringify([tokens[left], tokens[right]])}`);
    fields.push(`"merges": [\n${rows.join(",\n")}\n    ]`);
  }
  return `{\n${fields.map((field) => `    ${field}`).join(",\n")}\n  }`;
}

function addedToken(content: string) {
  return { content, single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };
}

function pretty(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
