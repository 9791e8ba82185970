/** Goal: tensor files are read and written as others do, and no file whatever crashes the process. */
import { afterAll, describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as mx from "../../src/mlx/index.ts";
import { expectNoLeaks } from "../support/leaks.ts";
import { python } from "../support/peers.ts";

const dir = mkdtempSync(join(tmpdir(), "mdp-io-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
const path = (name: string) => join(dir, name);

function roundTrip(name: string, tensors: Record<string, mx.MlxArray>, metadata: Record<string, string> = {}) {
  mx.saveSafetensors(path(name), Object.entries(tensors), Object.entries(metadata));
  return mx.loadSafetensors(path(name));
}

describe("safetensors", () => {
  test("come back with every type, shape, name and metadata", () => {
    expectNoLeaks(() =>
      mx.tidy(() => {
        const tensors: Record<string, mx.MlxArray> = {
          matrix: mx.array(
            [
              [1, 2, 3],
              [4, 5, 6],
            ],
            "float32",
          ),
          transposed: mx.transpose(
            mx.array(
              [
                [1, 2, 3],
                [4, 5, 6],
              ],
              "int16",
            ),
          ),
          half: mx.array([1.5, -2], "float16"),
          brain: mx.array([1.5, -2], "bfloat16"),
          wide: mx.array([2n ** 62n]),
          truth: mx.array([true, false]),
          scalar: mx.array(3),
          empty: mx.zeros([0, 4]),
          "größe/模型 50%s": mx.array([1]),
        };
        const { tensors: found, metadata } = roundTrip("all.safetensors", tensors, { format: "mlx", note: "é 100%" });
        expect(Object.fromEntries(metadata)).toEqual({ format: "mlx", note: "é 100%" });
        expect([...found.keys()].sort()).toEqual(Object.keys(tensors).sort());
        for (const [name, one] of Object.entries(tensors)) {
          const back = found.get(name)!;
          expect([back.dtype, back.shape, back.tolist()]).toEqual([one.dtype, one.shape, one.tolist()]);
        }
        mx.disposeAll(found);
      }),
    );
  });

  test("are what the safetensors library reads and writes, and npy what NumPy does", async () => {
    mx.tidy(() => {
      mx.saveSafetensors(
        path("ours.safetensors"),
        [
          [
            "x",
            mx.transpose(
              mx.array(
                [
                  [1, 2],
                  [3, 4.5],
                ],
                "float32",
              ),
            ),
          ],
          ["half", mx.array([0.5], "float16")],
        ],
        [["who", "us"]],
      );
      mx.save(path("ours.npy"), mx.transpose(mx.array([[1, 2, 3]], "int32")));
    });
    const [line] = await python("test/parity/tensor_files.py", [dir], "");
    expect(JSON.parse(line!)).toEqual({
      tensors: {
        half: { dtype: "float16", shape: [1], values: [0.5] },
        x: { dtype: "float32", shape: [2, 2], values: [1, 3, 2, 4.5] },
      },
      metadata: { who: "us" },
      npy: [[1], [2], [3]],
    });
    const { tensors, metadata } = mx.loadSafetensors(path("theirs.safetensors"));
    expect(metadata.get("note")).toBe("100% of it");
    expect(tensors.get("a")!.tolist()).toEqual([
      [0, 1, 2],
      [3, 4, 5],
    ]);
    expect(tensors.get("half")!.tolist()).toEqual([1.5, -2]);
    expect(tensors.get("größe/%s%n")!.item()).toBe(7n);
    expect(tensors.get("empty")!.shape).toEqual([0, 4]);
    mx.disposeAll(tensors);
    using npy = mx.load(path("theirs.npy"));
    expect(npy.tolist()).toEqual([
      [0, 1, 2],
      [3, 4, 5],
    ]);
  });

  test("a name that C or UTF-8 cannot hold is refused", () => {
    using one = mx.array([1]);
    expect(() => mx.saveSafetensors(path("x.safetensors"), [["a\0b", one]])).toThrow(/NUL/);
    expect(() => mx.saveSafetensors(path("x.safetensors"), [["a\ud800", one]])).toThrow(/well-formed/);
    expect(() => mx.saveSafetensors(path("x.bin"), [["a", one]])).toThrow(/does not end in .safetensors/);
  });
});

describe("file names", () => {
  test("with %, spaces, quotes, newlines and other scripts work", () => {
    mx.tidy(() => {
      const folder = path("50%s %n");
      mkdirSync(folder);
      for (const name of ["100%", "%s%s%s%n", "a b", 'it\'s "it"', "模型", "line\nbreak"]) {
        const file = join(folder, `${name}.safetensors`);
        mx.saveSafetensors(file, [["x", mx.array([1, 2])]]);
        expect(existsSync(file)).toBe(true);
        expect(mx.loadSafetensors(file).tensors.get("x")!.tolist()).toEqual([1, 2]);
        const npy = join(folder, `${name}.npy`);
        mx.save(npy, mx.array([3]));
        expect(mx.load(npy).tolist()).toEqual([3]);
      }
    });
  });

  test("that lead nowhere are named in the error, % or not", () => {
    for (const name of ["missing", "missing%s%s%n", "no/such/folder"]) {
      for (const load of [mx.loadSafetensors, mx.load]) {
        const error = errorOf(() => load(path(name)));
        expect(error).toBeInstanceOf(mx.MlxError);
        expect(error.message).toContain("there is no such file");
        expect((error as mx.MlxError).where).toBe(path(name));
      }
    }
    using one = mx.array([1]);
    expect(() => mx.save(path("no/such%s/folder.npy"), one)).toThrow(mx.MlxError);
    expect(() => mx.load(dir)).toThrow("not a regular file");
  });
});

describe("a damaged file", () => {
  const header = (object: unknown, data = new Uint8Array(16)) => {
    const text = Buffer.from(typeof object === "string" ? object : JSON.stringify(object));
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(text.length));
    return Buffer.concat([length, text, data]);
  };
  const entry = (change: object) => header({ x: { dtype: "F32", shape: [2, 2], data_offsets: [0, 16], ...change } });

  const safetensors: Record<string, [Uint8Array, string]> = {
    empty: [new Uint8Array(0), "too few for a header"],
    short: [new Uint8Array(7), "too few for a header"],
    "a header longer than the file": [header({}).fill(0xff, 0, 8), "claims"],
    "text that printf would run": [header("{%s%s%s%n%n%s: "), "not JSON"],
    "a list": [header("[1]"), "not a JSON object"],
    "invalid UTF-8": [header(`{"a":1}`).fill(0xff, 9, 12), "not JSON"],
    "an unknown type": [entry({ dtype: "%s%n" }), "unknown element type"],
    "a type from the prototype": [entry({ dtype: "toString" }), "unknown element type"],
    "a negative size": [entry({ shape: [-2, -2] }), "no valid shape"],
    "a huge shape": [entry({ shape: [2 ** 40, 2 ** 40] }), "takes"],
    "a position past the end": [entry({ data_offsets: [0, 99] }), "lies at 0–99"],
    "a position that runs backwards": [entry({ data_offsets: [16, 0] }), "lies at"],
    "a shape that is not its position": [entry({ shape: [3] }), "takes 12 bytes by its shape, 16"],
    "no entry but a number": [header({ "%s%n": 3 }), "not described by an object"],
    "metadata that is no text": [header({ __metadata__: { a: 1 } }), "does not map names to texts"],
    "a lone surrogate": [header(`{"\\ud800":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}`), "well-formed"],
  };
  for (const [what, [bytes, message]] of Object.entries(safetensors)) {
    test(`safetensors: ${what}`, () => {
      writeFileSync(path("bad.safetensors"), bytes);
      expect(errorOf(() => mx.loadSafetensors(path("bad.safetensors"))).message).toContain(message);
    });
  }

  const npy = (text: string, data = 16) =>
    Buffer.concat([
      Buffer.from([0x93]),
      Buffer.from("NUMPY\x01\x00"),
      Buffer.from([text.length, 0]),
      Buffer.from(text),
      Buffer.alloc(data),
    ]);
  const arrays: Record<string, [Uint8Array, string]> = {
    empty: [new Uint8Array(0), "does not begin like one"],
    "another format": [Buffer.from("PK\x03\x04 %s%s%n %s%n"), "does not begin like one"],
    "a header of garbage": [npy("%s%n%s%n"), "header cannot be read"],
    "an unknown type": [npy("{'descr': '<f16', 'fortran_order': False, 'shape': (2,), }"), "<f16 is not one"],
    "too little data": [
      npy("{'descr': '<f4', 'fortran_order': False, 'shape': (1000, 1000), }"),
      "takes 4000000 bytes",
    ],
  };
  for (const [what, [bytes, message]] of Object.entries(arrays)) {
    test(`npy: ${what}`, () => {
      writeFileSync(path("bad.npy"), bytes);
      expect(errorOf(() => mx.load(path("bad.npy"))).message).toContain(message);
    });
  }

  test("cut anywhere is refused", () => {
    mx.tidy(() => {
      mx.saveSafetensors(path("whole.safetensors"), [
        ["x", mx.ones([4, 4])],
        ["y", mx.ones([3])],
      ]);
      const whole = readFileSync(path("whole.safetensors"));
      for (let size = whole.length - 1; size >= 0; size -= 7) {
        writeFileSync(path("cut.safetensors"), whole);
        truncateSync(path("cut.safetensors"), size);
        expect(() => mx.loadSafetensors(path("cut.safetensors"))).toThrow(/not a valid safetensors file/);
      }
    });
  });

  test("with any byte changed is read or refused, and the process lives", () => {
    mx.tidy(() => {
      mx.saveSafetensors(path("whole.safetensors"), [
        ["x", mx.ones([2])],
        ["%s", mx.ones([3])],
      ]);
      const whole = readFileSync(path("whole.safetensors"));
      for (let at = 0; at < whole.length; at++) {
        for (const byte of [0x25, 0x00, 0x7b, 0xff]) {
          const changed = Buffer.from(whole);
          changed[at] = byte;
          writeFileSync(path("changed.safetensors"), changed);
          const error = errorOf(() => {
            const { tensors } = mx.loadSafetensors(path("changed.safetensors"));
            mx.evaluate(...tensors.values());
          }, true);
          if (error) expect(error).toBeInstanceOf(mx.MlxError);
        }
      }
    });
  });
});

function errorOf(work: () => unknown): Error;
function errorOf(work: () => unknown, maySucceed: true): Error | undefined;
function errorOf(work: () => unknown, maySucceed?: true): Error | undefined {
  try {
    work();
  } catch (error) {
    return error as Error;
  }
  if (!maySucceed) throw new Error("nothing was thrown");
  return undefined;
}
