/** Goal: well-known chat templates give the text that Python's jinja2 gives, and refuse what it refuses. */
import { describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  applyChatTemplate,
  type ChatInput,
  type ChatMessage,
  parseChatTemplate,
  renderChatDocument,
} from "../../src/tokenizers/chat-template.ts";
import { openChatTemplate } from "../../src/tokenizers/chat-template-files.ts";
import { python } from "../support/peers.ts";

const FOLDER = join(import.meta.dir, "../../fixtures/chat-templates");
const templates = await Array.fromAsync(new Bun.Glob("*.jinja").scan(FOLDER));
const tokens = { bos_token: "<s>", eos_token: "</s>", unk_token: "<unk>", pad_token: "</s>" };

const system: ChatMessage = { role: "system", content: " You answer briefly.\nAlways. " };
const user: ChatMessage = {
  role: "user",
  content: "  What does <b>R&D</b> cost, \"all\" in? 'So' \\ über 日本 👩‍👩‍👧\n",
};
const assistant: ChatMessage = { role: "assistant", content: " <think>hm</think> 12 €\n\n" };
const question: ChatMessage = { role: "user", content: "And the weather in Bern & Genève?" };
const weather = {
  type: "function",
  function: {
    name: "get_weather",
    description: "Weather of a place, in °C & more",
    parameters: {
      type: "object",
      properties: {
        place: { type: "string", description: "A <place>" },
        days: { type: "integer" },
        Tags: { type: "array", items: { type: "string" }, description: "é" },
      },
      required: ["place"],
    },
  },
};
const call: ChatMessage = {
  role: "assistant",
  content: "",
  tool_calls: [
    {
      id: "call12345",
      type: "function",
      function: { name: "get_weather", arguments: { place: "Genève", days: 2, deep: { x: [1, 2.5, null, true] } } },
    },
  ],
};
const result: ChatMessage = { role: "tool", tool_call_id: "call12345", content: '{"temperature": 21.5}' };

const inputs: Record<string, ChatInput> = {
  "one question": { messages: [user], addGenerationPrompt: true },
  "several turns": { messages: [user, assistant, question] },
  "a system message": { messages: [system, user, assistant], addGenerationPrompt: false },
  "a system message and a prompt": { messages: [system, user, assistant, question], addGenerationPrompt: true },
  "tools offered": { messages: [system, user], tools: [weather, weather], addGenerationPrompt: true },
  "tools called": { messages: [user, call, result, assistant], tools: [weather] },
  "two results in a row": { messages: [user, call, result, result], tools: [weather], addGenerationPrompt: true },
  "roles out of turn": { messages: [user, question, assistant] },
  "an unknown role": { messages: [{ role: "narrator", content: "Once." }] },
  "a day": { messages: [user], now: new Date(2025, 1, 3, 4, 5, 6) },
  "a day given as a variable": {
    messages: [user],
    variables: { date_string: "1 Jan 2030", tools_in_user_message: false },
  },
};

interface Rendered {
  text?: string;
  /** What the template raised; null when it failed by itself. */
  error?: string | null;
}

async function reference(cases: readonly { template: string; input: ChatInput }[]): Promise<Rendered[]> {
  const lines = cases.map(({ template, input }) => {
    const { messages, tools, addGenerationPrompt, variables, now } = input;
    const known = {
      messages,
      tools: tools ?? null,
      documents: null,
      add_generation_prompt: addGenerationPrompt ?? false,
    };
    return JSON.stringify({
      template,
      variables: { ...tokens, ...variables, ...known },
      now: now ? "2025-02-03T04:05:06" : null,
    });
  });
  const out = await python("test/parity/chat_template_reference.py", [], `${lines.join("\n")}\n`);
  return out.map((line) => JSON.parse(line) as Rendered);
}

async function render(template: string, input: ChatInput): Promise<Rendered> {
  try {
    return { text: await applyChatTemplate(template, { tokens, ...input }) };
  } catch (error) {
    return { error: (error as Error).message };
  }
}

async function expectEqual(template: string, all: readonly ChatInput[]): Promise<number> {
  const expected = await reference(all.map((input) => ({ template, input })));
  for (const [i, input] of all.entries()) {
    const ours = await render(template, input);
    const theirs = expected[i]!;
    if (theirs.text !== undefined) expect(ours).toEqual(theirs);
    else expect(ours.error).toContain(theirs.error ?? "the chat template refused");
  }
  return expected.filter(({ text }) => text !== undefined).length;
}

describe("chat templates against Python's jinja2", () => {
  test("there are at least ten to compare", () => {
    expect(templates.length).toBeGreaterThanOrEqual(10);
  });

  test.each(templates.sort())("%s gives the same text for every conversation", async (file) => {
    const template = await Bun.file(join(FOLDER, file)).text();
    const rendered = await expectEqual(template, Object.values(inputs));
    expect(rendered).toBeGreaterThanOrEqual(4);
  });

  test("all of strftime's usual directives give the same text", async () => {
    const template = '{{ strftime_now("%Y %y %m %d %H %I %M %S %p %B %b %A %a %%") }}';
    expect(await expectEqual(template, [inputs["a day"]!])).toBe(1);
  });

  test("loops, slices, filters and tests that templates use give the same text", async () => {
    const template = [
      "{% for i in range(1, 9, 3) %}{{ i }}{% if not loop.last %},{% endif %}{% endfor %}",
      "{% for m in messages if m.role != 'system' %}{% if loop.index > 2 %}{% break %}{% endif %}{{ m.content[:5] }}|{% endfor %}",
      "{{ messages | map(attribute='role') | join('/') }} {{ messages | length }} {{ 7 // 2 }} {{ 7 % 4 }} {{ 1 / 2 }}",
      "{{ {'a': 1, 'b': [1, 2.5, none, true], 'c': 'é<&>'} | tojson }} {{ 'no' if missing is not defined }} {{ messages[-1].role }}",
      "{{ 'a,b,c'.split(',')[1] }} {{ ' x '.strip() ~ 1 }} {{ 'Ab'.lower() }} {{ 'in' if 'x' in 'xyz' }} {{ 'title me' | title }}",
      "{{ 'a\nb' | replace('\n', ' ') }} {{ messages | selectattr('role', 'equalto', 'user') | list | length }}",
      "{% set ns = namespace(n=0) %}{% for m in messages %}{% set ns.n = ns.n + 1 %}{% endfor %}{{ ns.n }}",
    ].join("\n");
    expect(await expectEqual(template, [inputs["several turns"]!, inputs["a system message"]!])).toBe(2);
  });
});

test("a range that would fill the memory is refused", async () => {
  const rendering = applyChatTemplate("{% for i in range(100001) %}{% endfor %}", { messages: [user] });
  await expect(rendering).rejects.toMatchObject({ code: "chat-template-failed" });
});

describe("documents in chat form", () => {
  const template =
    "{% for m in messages %}{{ m.role }}: {{ m.content }}{{ eos_token }}{% endfor %}{{ tools | length if tools else '-' }}";

  test("a row of messages becomes a text, with its tools", async () => {
    const parsed = await parseChatTemplate(template);
    const messages = [question];
    expect(renderChatDocument(parsed, { messages, id: 7 }, { tokens })).toBe(
      "user: And the weather in Bern & Genève?</s>-",
    );
    expect(renderChatDocument(parsed, { messages, tools: [weather] }, { tokens })).toEndWith("</s>1");
  });

  test.each([[{}], [{ messages: [] }], [{ messages: "hello" }], [{ messages: [{ content: "no role" }] }]])(
    "a row that is no conversation is an error that says so: %j",
    async (row) => {
      const parsed = await parseChatTemplate(template);
      expect(() => renderChatDocument(parsed, row)).toThrow('"messages" is not a list of objects with a "role"');
    },
  );

  test("a template that is not Jinja is an error that names its file", async () => {
    await expect(parseChatTemplate("{% for x in %}", "model/chat_template.jinja")).rejects.toMatchObject({
      code: "chat-template-invalid",
      where: "model/chat_template.jinja",
    });
  });
});

describe("finding a chat template", () => {
  async function inFolder<T>(files: Record<string, unknown>, body: (folder: string) => Promise<T>): Promise<T> {
    const folder = mkdtempSync(join(tmpdir(), "mdp-chat-"));
    try {
      for (const [name, value] of Object.entries(files)) {
        await Bun.write(join(folder, name), typeof value === "string" ? value : JSON.stringify(value));
      }
      return await body(folder);
    } finally {
      rmSync(folder, { recursive: true });
    }
  }
  const config = {
    bos_token: { content: "<bos>" },
    eos_token: "<eos>",
    chat_template: "{{ bos_token }}from the config",
  };
  const open = async (path: string, name?: string) => {
    const found = await openChatTemplate(path, name);
    return found.template.render({ messages: [user], tokens: found.tokens });
  };

  test("takes the one in tokenizer_config.json, with the tokens named there", async () => {
    await inFolder({ "tokenizer_config.json": config, "tokenizer.json": "{}" }, async (folder) => {
      expect(await open(folder)).toBe("<bos>from the config");
      expect(await open(join(folder, "tokenizer.json"))).toBe("<bos>from the config");
    });
  });

  test("prefers chat_template.jinja", async () => {
    const files = { "tokenizer_config.json": config, "chat_template.jinja": "{{ eos_token }}from its file" };
    await inFolder({ ...files, "additional_chat_templates/rag.jinja": "beside" }, async (folder) => {
      expect(await open(folder, "rag")).toBe("beside");
      expect(await open(folder)).toBe("<eos>from its file");
      expect(await open(join(folder, "chat_template.jinja"))).toBe("<eos>from its file");
    });
  });

  test("takes one of several by name, and lists them for a name that is none of them", async () => {
    const several = [
      { name: "default", template: "plain" },
      { name: "tool_use", template: "with tools" },
    ];
    await inFolder({ "tokenizer_config.json": { ...config, chat_template: several } }, async (folder) => {
      expect(await open(folder)).toBe("plain");
      expect(await open(folder, "tool_use")).toBe("with tools");
      await expect(open(folder, "rag")).rejects.toMatchObject({
        code: "chat-template-missing",
        message: 'there is no chat template "rag"; known: default, tool_use',
      });
    });
  });

  test("says that there is none", async () => {
    await inFolder({}, async (folder) => {
      await expect(open(folder)).rejects.toMatchObject({ code: "chat-template-missing", where: folder });
    });
  });
});
