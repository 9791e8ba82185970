/** `mdp tokenizer inspect`: what a tokenizer is. */
import { inspectTokenizer } from "../../../pipelines/tokenizer-text.ts";
import { command } from "../../command.ts";
import { writeJson, writeOut } from "../../output.ts";
import { renderTokenizer } from "../../ui/tokenizer.ts";

export default command({
  meta: { name: "inspect", description: "Describe a tokenizer: its model, vocabulary, special tokens and parts." },
  args: {
    tokenizer: {
      type: "positional",
      description: "A tokenizer.json, a SentencePiece .model, or a model folder.",
      required: true,
    },
  },
  examples: [
    { command: "mdp tokenizer inspect my-tokenizer", summary: "A folder that mdp tokenizer train wrote" },
    { command: "mdp tokenizer inspect gpt2.json --json", summary: "For programs" },
  ],
  async run(context) {
    const details = await inspectTokenizer(context.positionals[0]!);
    await (context.json ? writeJson(details) : writeOut(renderTokenizer(details)));
    return 0;
  },
});
