/** A node that shuffles a stream through a reservoir. */
import { UsageError } from "../../core/errors.ts";
import { randomOf } from "../loader/permutation.ts";
import { numberState, readState, type Sample, type StreamNode, stateOf } from "./sample.ts";

/**
 * A reservoir of `size` samples from which one is drawn and replaced by the next. Going on from a state draws again what
 * was drawn before, as the reservoir may hold samples from anywhere.
 */
export function shuffledStream(input: StreamNode, size: number, seed: number): StreamNode {
  if (!(size >= 1)) throw new UsageError(`a shuffle buffer of ${size} samples`);
  let pass = 0;
  let drawn = 0;
  let replay = 0;
  let start = input.state();
  let reservoir: Sample[] | undefined;
  const draw = async () => {
    reservoir ??= [];
    while (reservoir.length < size) {
      const sample = await input.next();
      if (!sample) break;
      reservoir.push(sample);
    }
    if (reservoir.length === 0) return undefined;
    const place = randomOf(seed, pass, drawn++) % reservoir.length;
    const sample = reservoir[place]!;
    const next = reservoir.length === size ? await input.next() : undefined;
    if (next) reservoir[place] = next;
    else {
      reservoir[place] = reservoir.at(-1)!;
      reservoir.pop();
    }
    return sample;
  };
  return {
    async next() {
      for (; replay > 0; replay--) await draw();
      return await draw();
    },
    reset() {
      pass++;
      drawn = 0;
      replay = 0;
      reservoir = undefined;
      input.reset();
      start = input.state();
    },
    state: () => stateOf("shuffle", [pass, drawn + replay], start),
    restore(state) {
      const { own, input: before } = readState("shuffle", state);
      const [passes, draws] = Array.isArray(own) ? (own as number[]) : [];
      pass = numberState("shuffle", passes ?? null);
      replay = numberState("shuffle", draws ?? null);
      drawn = 0;
      reservoir = undefined;
      start = before;
      input.restore(before);
    },
  };
}
