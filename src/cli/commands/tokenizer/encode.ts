/** `mdp tokenizer encode`: texts in, ids out. */
import { encodeTexts } from "../../../pipelines/tokenizer-text.ts";
import { command } from "../../command.ts";
import { writeOut } from "../../output.ts";
import { inputArg, inputOf, requireTokenizer, tokenizerArg } from "../../tokenizer.ts";

export default command({
  meta: { name: "encode", description: "Turn texts into ids: one line is one text, and one list of ids." },
  args: {
    ...inputArg("File of texts; - or nothing reads stdin."),
    ...tokenizerArg,
    jsonl: { type: "boolean", description: 'The input is JSONL with "text".' },
    chat: {
      type: "boolean",
      description: 'The input is JSONL with "messages", which the model\'s chat template makes a text of.',
    },
    "chat-template": {
      type: "string",
      valueHint: "PATH",
      description: "Folder or .jinja file of the chat template; by default it lies beside the tokenizer.",
    },
    "special-tokens": { type: "boolean", description: "Put the model's own tokens around each text." },
  },
  examples: [
    { command: "echo 'a text' | mdp tokenizer encode --tokenizer gpt2.json", summary: "One list of ids" },
    {
      command: "mdp tokenizer encode texts.txt --tokenizer my-tokenizer --json",
      summary: "With tokens and their spans",
    },
    { command: "mdp tokenizer encode chats.jsonl --chat --tokenizer my-model", summary: "Conversations" },
  ],
  async run(context) {
    await encodeTexts({
      input: inputOf(context),
      tokenizer: await requireTokenizer(context),
      rows: context.has("chat") ? "chat" : context.has("jsonl") ? "jsonl" : "lines",
      chatTemplate: context.value("chat-template"),
      specialTokens: context.has("special-tokens"),
      objects: context.json,
      writeOut,
    });
    return 0;
  },
});
