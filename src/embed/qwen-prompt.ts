/** The prompt of Qwen's rerankers, from their model card. */
import type { Tokenizer } from "../tokenizers/tokenizer.ts";

const INSTRUCTION = "Given a web search query, retrieve relevant passages that answer the query";
const BEFORE =
  "<|im_start|>system\nJudge whether the Document meets the requirements based on the Query and the Instruct provided. " +
  'Note that the answer can only be "yes" or "no".<|im_end|>\n<|im_start|>user\n';
const AFTER = "<|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>\n\n";

/** Gives the ids of the whole prompt for a query and a text, at most `maxTokens` of them: the text's end is cut. */
export function qwenPrompt(tokenizer: Tokenizer, maxTokens: number): (query: string, text: string) => Uint32Array {
  const plain = (text: string) => tokenizer.encode(text, { specialTokens: false }).ids;
  const [before, after] = [plain(BEFORE), plain(AFTER)];
  return (query, text) => {
    const content = `<Instruct>: ${INSTRUCTION}\n<Query>: ${query}\n<Document>: ${text}`;
    const { ids } = tokenizer.encode(content, { maxTokens: Math.max(0, maxTokens - before.length - after.length) });
    const all = new Uint32Array(before.length + ids.length + after.length);
    all.set(before);
    all.set(ids, before.length);
    all.set(after, before.length + ids.length);
    return all;
  };
}
