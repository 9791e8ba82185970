/** What every decoder keeps to: mlx-lm's numbers, whatever way the text goes through, and no text seen by another. */
import { beforeAll, describe, expect, test } from "bun:test";
import * as mx from "../../src/mlx/index.ts";
import { at, flattenParams, unflattenParams } from "../../src/mlx/nn/index.ts";
import type { LayerCache } from "../../src/models/cache/cache.ts";
import type { RunLayer } from "../../src/models/decoder.ts";
import { type LoadedDecoder, openDecoder } from "../../src/models/load-decoder.ts";
import { expectNoLeaks } from "../support/leaks.ts";
import { type LogitsAnswer, mlxLmLogits } from "../support/mlx-lm.ts";
import { type TinyArchitecture, type TinyOptions, tinyModel } from "../support/tiny-models.ts";

/** Longer than the windows of the tiny models. */
const LENGTH = 48;
export const TEXTS = [sequence(LENGTH, 5), sequence(LENGTH, 11)];
/** Two pieces of a prompt, then token by token. */
export const PIECES = [20, 12, ...new Array<number>(LENGTH - 32).fill(1)];
const GREEDY = 64;
/** Bun stops a hook after 5 s, whatever the limit of tests; a first run makes the models. */
const HOOK_MS = 300_000;
/** Largest difference of logits, which are of the size of 1. */
const NEAR = 1e-5;

/** Token ids without meaning, all of them letters or parts of words. */
function sequence(length: number, seed: number): number[] {
  return Array.from({ length }, (_, i) => (i === 0 ? 1 : 5 + ((i * 37 + seed * seed * 13) % 300)));
}

export interface DecoderVariant {
  /** What is special about it, for the name of its tests. */
  about: string;
  options: TinyOptions;
  /** The model that mlx-lm runs, where it cannot run this one. */
  reference?: TinyOptions;
  /** Largest difference from mlx-lm's logits; bfloat16 rounds differently with each order of sums. */
  near?: number;
}

/** Runs the rules of decoders over one entry, and compares variants of it with mlx-lm. */
export function describeDecoder(name: TinyArchitecture, variants: readonly DecoderVariant[] = []): void {
  describe(`every decoder: ${name}`, () => {
    let model: LoadedDecoder;
    let whole: LogitsAnswer;
    let cached: LogitsAnswer;
    const special: { folder: string; whole: LogitsAnswer; cached: LogitsAnswer }[] = [];

    beforeAll(async () => {
      const folder = await tinyModel(name);
      const folders = await Promise.all(variants.map(({ options }) => tinyModel(name, options)));
      const references = await Promise.all(
        variants.map(({ options, reference }) => tinyModel(name, reference ?? options)),
      );
      const answers = await mlxLmLogits([
        { model: folder, ids: TEXTS, gradients: true },
        { model: folder, ids: TEXTS, pieces: PIECES, greedy: GREEDY },
        ...references.flatMap((own) => [
          { model: own, ids: TEXTS },
          { model: own, ids: TEXTS, pieces: PIECES },
        ]),
      ]);
      [whole, cached] = answers as [LogitsAnswer, LogitsAnswer];
      folders.forEach((own, i) => {
        special.push({ folder: own, whole: answers[2 + 2 * i]!, cached: answers[3 + 2 * i]! });
      });
      model = await openDecoder(folder);
    }, HOOK_MS);

    test("gives mlx-lm's logits for whole texts", () => {
      expect(difference(logits(model, { ids: TEXTS }), whole.logits)).toBeLessThan(NEAR);
    });

    test("gives mlx-lm's logits for texts that come in pieces, with a cache", () => {
      const found = cachedLogits(model);
      expect(difference(found, cached.logits)).toBeLessThan(NEAR);
      expect(difference(found, whole.logits)).toBeLessThan(NEAR);
    });

    test(`continues a text by the same ${GREEDY} tokens`, () => {
      expect(greedy(model, TEXTS[0]!)).toEqual(cached.greedy);
    });

    test("gives a text the same logits beside a longer one, where the mask hides the padding", () => {
      const short = TEXTS[1]!.slice(0, 23);
      const padded = [TEXTS[0]!, [...short, ...new Array<number>(LENGTH - short.length).fill(0)]];
      const seen = masks(padded, (row, i, j) => j <= i && (row === 0 || i >= short.length || j < short.length));
      const found = logits(model, { ids: padded, mask: seen });
      expect(difference(rows(model, found, 0, 0, LENGTH), rows(model, whole.logits, 0, 0, LENGTH))).toBeLessThan(NEAR);
      const alone = logits(model, { ids: [short] });
      expect(difference(rows(model, found, 1, 0, short.length), alone)).toBeLessThan(NEAR);
    });

    test("gives a text of a packed row no logit that another text changes", () => {
      const [cut, packed] = [19, TEXTS[0]!];
      const changed = [...TEXTS[1]!.slice(0, cut), ...packed.slice(cut)];
      const seen = masks([packed], (_, i, j) => j <= i && i < cut === j < cut);
      const [first, second] = [packed, changed].map((ids) => logits(model, { ids: [ids], mask: seen }));
      expect(rows(model, first!, 0, cut, LENGTH)).toEqual(rows(model, second!, 0, cut, LENGTH));
      expect(difference(rows(model, first!, 0, 0, cut), rows(model, second!, 0, 0, cut))).toBeGreaterThan(1e-3);
    });

    test("runs each layer through runLayer, with that layer's own parameters", () => {
      const given: unknown[] = [];
      const found = logits(model, { ids: TEXTS }, (layer, params, x) => {
        given.push(params);
        return layer(params, x);
      });
      const { num_hidden_layers: count } = model.decoder.config;
      expect(given.length).toBe(count);
      for (let i = 0; i < count; i++) expect(given[i]).toBe(at(model.params, `model.layers.${i}`));
      expect(difference(found, whole.logits)).toBeLessThan(NEAR);
    });

    test("lets a layer be called again after what the first call made is gone", () => {
      const found = logits(model, { ids: TEXTS }, (layer, params, x) => {
        mx.tidy(() => layer(params, x));
        return layer(params, x);
      });
      expect(difference(found, whole.logits)).toBeLessThan(NEAR);
    });

    test("lists every weight with its shape, and a window for each layer", () => {
      const shapes = model.decoder.shapes();
      const held = flattenParams(model.params).map(([path, array]) => [path, [...array.shape]]);
      expect(Object.fromEntries(held)).toEqual(shapes);
      expect(model.decoder.windows.length).toBe(model.decoder.config.num_hidden_layers);
    });

    test("has mlx-lm's gradient by every weight, also with layers that are computed again", () => {
      for (const checkpoints of [false, true]) {
        const found = gradients(model, checkpoints);
        expect([...found.keys()].sort()).toEqual([...whole.gradients.keys()].sort());
        for (const [name, gradient] of found) {
          const expected = whole.gradients.get(name)!;
          const size = difference(expected, new Float32Array(expected.length));
          expect(size).toBeGreaterThan(0);
          expect(difference(gradient, expected) / size).toBeLessThan(NEAR);
        }
      }
    });

    test("keeps nothing of a call, with or without a cache", () => {
      expectNoLeaks(() => {
        logits(model, { ids: TEXTS });
        cachedLogits(model);
      });
    });

    test.each(variants.map((variant, i) => [variant.about, variant, i] as const))(
      "agrees with mlx-lm %s",
      async (_, { near = NEAR }, i) => {
        using own = await openDecoder(special[i]!.folder);
        expect(difference(logits(own, { ids: TEXTS }), special[i]!.whole.logits)).toBeLessThan(near);
        expect(difference(cachedLogits(own), special[i]!.cached.logits)).toBeLessThan(near);
      },
    );
  });
}

interface Call {
  ids: number[][];
  /** bool `[batch, 1, length, length]`, as 0 and 1. */
  mask?: Uint8Array<ArrayBuffer>;
}

/** Logits of texts, without a cache. */
export function logits(model: LoadedDecoder, { ids, mask }: Call, runLayer?: RunLayer): Float32Array {
  const [batch, length] = [ids.length, ids[0]!.length];
  return mx.tidy(() => {
    const seen = mask && mx.fromTypedArray(mask, [batch, 1, length, length], "bool");
    return model.logits({ ids: mx.array(ids, "int32"), mask: seen, runLayer }).toFloat32();
  });
}

function masks(
  ids: readonly number[][],
  sees: (row: number, i: number, j: number) => boolean,
): Uint8Array<ArrayBuffer> {
  const length = ids[0]!.length;
  const size = length * length;
  return Uint8Array.from({ length: ids.length * size }, (_, n) =>
    Number(sees(Math.floor(n / size), Math.floor((n % size) / length), n % length)),
  );
}

/** Logits of `TEXTS` in pieces, put together as those of one call. */
export function cachedLogits(model: LoadedDecoder, caches: readonly LayerCache[] = model.makeCaches()): Float32Array {
  const vocabulary = model.decoder.config.vocab_size;
  const all = new Float32Array(TEXTS.length * LENGTH * vocabulary);
  let start = 0;
  for (const length of PIECES) {
    const ids = TEXTS.map((text) => text.slice(start, start + length));
    const part = mx.tidy(() => model.logits({ ids: mx.array(ids, "int32"), caches }).toFloat32());
    TEXTS.forEach((_, row) => {
      const size = length * vocabulary;
      all.set(part.subarray(row * size, (row + 1) * size), (row * LENGTH + start) * vocabulary);
    });
    start += length;
  }
  for (const cache of caches) cache[Symbol.dispose]();
  return all;
}

function greedy(model: LoadedDecoder, prompt: number[]): number[] {
  const caches = model.makeCaches();
  const found: number[] = [];
  let ids = prompt;
  for (let i = 0; i < GREEDY; i++) {
    const all = mx.tidy(() => model.logits({ ids: mx.array([ids], "int32"), caches }).toFloat32());
    const last = all.subarray(-model.decoder.config.vocab_size);
    const next = last.indexOf(Math.max(...last));
    found.push(next);
    ids = [next];
  }
  for (const cache of caches) cache[Symbol.dispose]();
  return found;
}

/** Derivatives of the mean of the squared logits, by the names of the weights. */
function gradients(model: LoadedDecoder, checkpoints: boolean): Map<string, Float32Array> {
  const names = flattenParams(model.params).map(([path]) => path);
  const arrays = flattenParams(model.params).map(([, array]) => array);
  using made = new DisposableStack();
  return mx.tidy(() => {
    const ids = mx.array(TEXTS, "int32");
    const runLayer: RunLayer = (layer, own, x) => {
      const parts = flattenParams(own);
      const inner = made.use(
        mx.checkpoint(([h, ...weights]) => [
          layer(unflattenParams(weights.map((weight, i) => [parts[i]![0], weight] as const)), h!),
        ]),
      );
      return inner.apply([x, ...parts.map(([, weight]) => weight)])[0]!;
    };
    using gradient = mx.valueAndGrad(
      (weights) => {
        const params = unflattenParams(weights.map((weight, i) => [names[i]!, weight] as const));
        const hidden = model.decoder.forward(params, { ids, runLayer: checkpoints ? runLayer : undefined });
        return [mx.mean(mx.square(model.decoder.head(params, hidden)))];
      },
      names.map((_, i) => i),
    );
    return new Map(gradient.apply(arrays).gradients.map((found, i) => [names[i]!, found.toFloat32()]));
  });
}

/** Rows `from` to `to` of one text's logits. */
function rows(model: LoadedDecoder, all: Float32Array, text: number, from: number, to: number): Float32Array {
  const vocabulary = model.decoder.config.vocab_size;
  return all.slice((text * LENGTH + from) * vocabulary, (text * LENGTH + to) * vocabulary);
}

/** Largest difference of two lists of equal length; NaN when any number is. */
export function difference(a: Float32Array, b: Float32Array): number {
  expect(a.length).toBe(b.length);
  let largest = 0;
  for (let i = 0; i < a.length; i++) {
    const d = Math.abs(a[i]! - b[i]!);
    if (!(d <= largest)) largest = d;
  }
  return largest;
}
