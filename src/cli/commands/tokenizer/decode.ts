/** `mdp tokenizer decode`: ids in, texts out. */
import { decodeIds } from "../../../pipelines/tokenizer-text.ts";
import { command } from "../../command.ts";
import { writeOut } from "../../output.ts";
import { inputArg, inputOf, requireTokenizer, tokenizerArg } from "../../tokenizer.ts";

export default command({
  meta: { name: "decode", description: "Turn ids back into texts: one line is one list of ids." },
  args: {
    ...inputArg("File of lists of ids; - or nothing reads stdin."),
    ...tokenizerArg,
    "special-tokens": { type: "boolean", description: "Keep special tokens in the texts." },
  },
  examples: [
    { command: "echo '[464, 3290]' | mdp tokenizer decode --tokenizer gpt2.json", summary: "One text" },
    { command: "mdp tokenizer decode ids.jsonl --tokenizer my-tokenizer --json", summary: "Texts as lines of JSON" },
  ],
  async run(context) {
    await decodeIds({
      input: inputOf(context),
      tokenizer: await requireTokenizer(context),
      specialTokens: context.has("special-tokens"),
      objects: context.json,
      writeOut,
    });
    return 0;
  },
});
