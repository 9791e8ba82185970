/** `mdp tokenizer encode`: texts in, ids out. */
import { encodeTexts } from "../../../pipelines/tokenizer-text.ts";
import { command } from "../../command.ts";
import { writeOut } from "../../output.ts";
import { inputArg, requireTokenizer, tokenizerArg } from "../../tokenizer.ts";

export default command({
  meta: { name: "encode", description: "Turn texts into ids: one line is one text, and one list of ids." },
  args: {
    ...inputArg("File of texts; - or nothing reads stdin."),
    ...tokenizerArg,
    jsonl: { type: "boolean", description: 'The input is JSONL with "text".' },
    "special-tokens": { type: "boolean", description: "Put the model's own tokens around each text." },
  },
  examples: [
    { command: "echo 'a text' | mdp tokenizer encode --tokenizer gpt2.json", summary: "One list of ids" },
    {
      command: "mdp tokenizer encode texts.txt --tokenizer my-tokenizer --json",
      summary: "With tokens and their spans",
    },
  ],
  async run(context) {
    await encodeTexts({
      input: context.positionals[0] ?? "-",
      tokenizer: await requireTokenizer(context),
      jsonl: context.has("jsonl"),
      specialTokens: context.has("special-tokens"),
      objects: context.json,
      writeOut,
    });
    return 0;
  },
});
