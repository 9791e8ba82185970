/** Goal: no GGUF file, however it lies, does more than raise an error that says what is wrong with it. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { MdpError } from "../../../src/core/errors.ts";
import { importGguf } from "../../../src/models/gguf/import.ts";
import { openGguf } from "../../../src/models/gguf/read.ts";

let dir: string;
let path: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "mdp-gguf-"));
  path = join(dir, "file.gguf");
});
afterAll(() => rmSync(dir, { recursive: true }));

type Part = Uint8Array;

const bytes = (write: (view: DataView) => void, length: number): Part => {
  const view = new DataView(new ArrayBuffer(length));
  write(view);
  return new Uint8Array(view.buffer);
};
const u32 = (value: number) => bytes((view) => view.setUint32(0, value, true), 4);
const u64 = (value: number | bigint) => bytes((view) => view.setBigUint64(0, BigInt(value), true), 8);
const raw = (text: string) => new TextEncoder().encode(text);
const string = (text: string) => join_(u64(raw(text).length), raw(text));
const join_ = (...parts: Part[]): Part => new Uint8Array(Buffer.concat(parts));

const STRING = 8;
const ARRAY = 9;
const U32 = 4;

const key = (name: string, kind: number, ...value: Part[]) => join_(string(name), u32(kind), ...value);

interface Lie {
  magic?: string;
  version?: number;
  tensorCount?: number | bigint;
  keyCount?: number | bigint;
  keys?: Part[];
  tensors?: Part[];
  data?: number;
}

function file({ magic = "GGUF", version = 3, keys = [], tensors = [], data = 0, ...counts }: Lie): Uint8Array {
  const { tensorCount = tensors.length, keyCount = keys.length } = counts;
  const header = join_(raw(magic), u32(version), u64(tensorCount), u64(keyCount), ...keys, ...tensors);
  return join_(header, new Uint8Array(((32 - (header.length % 32)) % 32) + data));
}

const tensor = (name: string, dims: (number | bigint)[], type = 0, offset: number | bigint = 0) =>
  join_(string(name), u32(dims.length), ...dims.map(u64), u32(type), u64(offset));

function reading(content: Uint8Array): string {
  writeFileSync(path, content);
  try {
    using found = openGguf(path);
    return `read ${found.tensors.length} tensors, ${found.metadata.size} keys`;
  } catch (error) {
    if (!(error instanceof MdpError)) throw error;
    return `${error.code}: ${error.message}`;
  }
}

const f32 = tensor("a", [4]);

describe("a file with a lying header is refused:", () => {
  test.each<[string, Lie, RegExp]>([
    ["another magic", { magic: "GGML" }, /does not begin with "GGUF"/],
    ["version 1", { version: 1 }, /version 1 .* not supported/],
    ["version 99", { version: 99 }, /version 99/],
    ["big-endian numbers", { version: 0x03000000 }, /big-endian/],
    ["more tensors than bytes", { tensorCount: 1_000_000 }, /claims 1000000 items of tensors, with \d+ bytes left/],
    ["2^64 - 1 tensors", { tensorCount: 2n ** 64n - 1n }, /number 18446744073709551615 .* too large/],
    ["2^53 keys", { keyCount: 2n ** 53n }, /9007199254740992 .* too large/],
    ["2^40 keys", { keyCount: 2n ** 40n }, /claims 1099511627776 items of keys/],
    ["a key that stands twice", { keys: [key("a", U32, u32(1)), key("a", U32, u32(2))] }, /the key a stands twice/],
    ["a key of 2^62 bytes", { keys: [join_(u64(2n ** 62n), raw("xxxxxxxxxxxx"))] }, /too large/],
    [
      "a key of 2^50 bytes",
      { keys: [join_(u64(2n ** 50n), raw("xxxxxxxxxxxx"))] },
      /claims 1125899906842624 items of bytes in a key/,
    ],
    ["a value of an unknown kind", { keys: [key("a", 13, u32(1))] }, /unknown kind 13/],
    [
      "a text longer than the file",
      { keys: [key("a", STRING, u64(1e9))] },
      /claims 1000000000 items of bytes in a, with/,
    ],
    ["a text that is not UTF-8", { keys: [key("a", STRING, u64(2), new Uint8Array([0xc3, 0x28]))] }, /a is not UTF-8/],
    ["a truth value of 7", { keys: [key("a", 7, new Uint8Array([7]))] }, /truth value .* is 7/],
    [
      "an array longer than the file",
      { keys: [key("a", ARRAY, u32(0), u64(1e12))] },
      /claims 1000000000000 items of a/,
    ],
    [
      "an array of texts longer than the file",
      { keys: [key("a", ARRAY, u32(STRING), u64(1e6))] },
      /claims 1000000 items of a/,
    ],
    [
      "an array of arrays",
      { keys: [key("a", ARRAY, u32(ARRAY), u64(1), u32(0), u64(0))] },
      /gguf-unsupported: a is an array of arrays/,
    ],
    ["an array of an unknown kind", { keys: [key("a", ARRAY, u32(77), u64(1))] }, /unknown kind 77/],
    ["an alignment of 0", { keys: [key("general.alignment", U32, u32(0))] }, /alignment is 0/],
    ["an alignment of 48", { keys: [key("general.alignment", U32, u32(48))] }, /alignment is 48/],
    ["an alignment of 2^31", { keys: [key("general.alignment", U32, u32(2 ** 31))] }, /alignment is 2147483648/],
    ["an alignment that is a text", { keys: [key("general.alignment", STRING, string("32"))] }, /alignment is 32/],
    ["a tensor twice", { tensors: [f32, f32], data: 64 }, /tensor a stands twice/],
    ["two tensors in one place", { tensors: [f32, tensor("b", [4])], data: 64 }, /a and b overlap/],
    [
      "a tensor beyond the file",
      { tensors: [tensor("a", [4], 0, 64)], data: 64 },
      /a lies at 128–144, the file has 128 bytes/,
    ],
    ["a tensor at 2^63", { tensors: [tensor("a", [4], 0, 2n ** 63n)], data: 64 }, /too large/],
    ["a tensor at 2^52", { tensors: [tensor("a", [4], 0, 2n ** 52n)], data: 64 }, /a lies at/],
    [
      "a tensor that is not aligned",
      { tensors: [tensor("a", [4], 0, 4)], data: 64 },
      /begins at 68, not aligned to 32/,
    ],
    ["a tensor of no dimension", { tensors: [tensor("a", [])] }, /has 0 dimensions/],
    ["a tensor of 5 dimensions", { tensors: [tensor("a", [1, 1, 1, 1, 1])] }, /has 5 dimensions/],
    [
      "a tensor of 2^32 - 1 dimensions",
      { tensors: [join_(string("a"), u32(2 ** 32 - 1), new Uint8Array(40))] },
      /has 4294967295 dimensions/,
    ],
    ["an empty tensor", { tensors: [tensor("a", [0])] }, /has the shape \[0\]/],
    [
      "a tensor whose size overflows 64 bits",
      { tensors: [tensor("a", [2 ** 30, 2 ** 30, 2 ** 30, 2 ** 30])] },
      /has the shape/,
    ],
    [
      "a tensor larger than the file",
      { tensors: [tensor("a", [2 ** 30, 2 ** 10])], data: 64 },
      /a lies at 96–4398046511200, the file has/,
    ],
    ["a tensor of an unknown type", { tensors: [tensor("a", [32], 4711)] }, /gguf-unsupported: .* type number 4711/],
    ["a tensor of a type that is not read", { tensors: [tensor("a", [256], 11)] }, /gguf-unsupported: .* type Q3_K/],
    ["rows that are no whole blocks", { tensors: [tensor("a", [33], 8)] }, /rows of 33, which Q8_0 cannot divide/],
  ])("%s", (_, lie, said) => {
    expect(reading(file(lie))).toMatch(said);
  });

  test("one that is no file, or empty, or ends anywhere in its header", () => {
    expect(() => openGguf(join(dir, "none.gguf"))).toThrow("cannot be opened");
    expect(() => openGguf(dir)).toThrow("not a regular file");
    const whole = file({
      keys: [key("a", STRING, string("text")), key("b", ARRAY, u32(U32), u64(2), u32(1), u32(2))],
      tensors: [f32],
      data: 32,
    });
    expect(reading(whole)).toBe("read 1 tensors, 2 keys");
    for (let length = 0; length < whole.length - 16; length++) {
      expect(reading(whole.subarray(0, length))).toMatch(/^gguf-invalid: not a valid GGUF file: /);
    }
  });

  test("a tensor of many gigabytes in a sparse file is no reason to read them", () => {
    writeFileSync(path, file({ tensors: [tensor("a", [2 ** 20, 2 ** 12])], data: 0 }));
    truncateSync(path, 96 + 2 ** 34);
    using found = openGguf(path);
    expect(found.tensors).toEqual([
      { name: "a", type: "F32", shape: [2 ** 12, 2 ** 20], position: 96, bytes: 2 ** 34 },
    ]);
  });
});

/** A whole llama, small enough that flipped bytes hit everything. */
function smallLlama(): Uint8Array {
  const number = (name: string, value: number) => key(`llama.${name}`, U32, u32(value));
  const texts = (name: string, values: string[]) =>
    key(name, ARRAY, u32(STRING), u64(values.length), ...values.map(string));
  const floats = bytes((view) => view.setFloat32(0, 1e-5, true), 4);
  const keys = [
    key("general.architecture", STRING, string("llama")),
    number("embedding_length", 4),
    number("block_count", 1),
    number("feed_forward_length", 4),
    number("attention.head_count", 2),
    number("attention.head_count_kv", 1),
    key("llama.attention.layer_norm_rms_epsilon", 6, floats),
    key("tokenizer.ggml.model", STRING, string("gpt2")),
    key("tokenizer.ggml.pre", STRING, string("gpt-2")),
    texts("tokenizer.ggml.tokens", ["a", "b", "ab"]),
    texts("tokenizer.ggml.merges", ["a b"]),
  ];
  const shapes: Record<string, number[]> = {
    "token_embd.weight": [4, 3],
    "output_norm.weight": [4],
    "output.weight": [4, 3],
    "blk.0.attn_norm.weight": [4],
    "blk.0.ffn_norm.weight": [4],
    "blk.0.attn_q.weight": [4, 4],
    "blk.0.attn_k.weight": [4, 2],
    "blk.0.attn_v.weight": [4, 2],
    "blk.0.attn_output.weight": [4, 4],
    "blk.0.ffn_gate.weight": [4, 4],
    "blk.0.ffn_up.weight": [4, 4],
    "blk.0.ffn_down.weight": [4, 4],
  };
  const tensors = Object.entries(shapes).map(([name, shape], i) => tensor(name, shape, 0, i * 64));
  return file({ keys, tensors, data: 12 * 64 });
}

describe("a file with flipped bytes", () => {
  const sound = smallLlama();
  const importing = async (content: Uint8Array): Promise<string> => {
    writeFileSync(path, content);
    const out = join(dir, "out");
    try {
      await importGguf(path, out);
      return "imported";
    } catch (error) {
      if (!(error instanceof MdpError)) throw error;
      return error.code;
    } finally {
      rmSync(out, { recursive: true, force: true });
    }
  };

  test("is imported when none is flipped", async () => {
    expect(await importing(sound)).toBe("imported");
  });

  test("is imported or refused, and nothing stays behind when it is refused", async () => {
    const flips = fc.array(fc.tuple(fc.nat(sound.length - 1), fc.nat(255)), { minLength: 1, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(flips, async (changes) => {
        const content = sound.slice();
        for (const [at, value] of changes) content[at] = value;
        expect(await importing(content)).toMatch(/^(imported|gguf-invalid|gguf-unsupported|model-unsupported)$/);
        expect(readdirSync(dir)).toEqual(["file.gguf"]);
      }),
      { numRuns: 1500, seed: 6 },
    );
  });

  test("is refused for most values of each byte of its counts and lengths", async () => {
    const codes = new Map<string, number>();
    for (let at = 0; at < 1200; at++) {
      for (const value of [0, 1, 0x7f, 0xff]) {
        if (sound[at] === value) continue;
        const content = sound.slice();
        content[at] = value;
        const code = reading(content)
          .split(":")[0]!
          .replace(/read.*/, "read");
        codes.set(code, (codes.get(code) ?? 0) + 1);
      }
    }
    expect([...codes.keys()].sort()).toEqual(["gguf-invalid", "gguf-unsupported", "read"]);
    expect(codes.get("gguf-invalid")).toBeGreaterThan(1000);
  });

  test("is refused wherever it is cut", async () => {
    for (let length = 0; length < sound.length - 64; length += 7) {
      expect(await importing(sound.subarray(0, length))).toBe("gguf-invalid");
    }
  });
});
