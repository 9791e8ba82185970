/** Goal: a checkpoint is whole or not there, and one that was damaged is an error with a way out. */
import { describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as mx from "../../src/mlx/index.ts";
import { type Progress, readCheckpoint, setCheckpointsAside, writeCheckpoint } from "../../src/train/checkpoint.ts";
import { expectNoLeaks } from "../support/leaks.ts";
import { TempFolder } from "../support/train-runs.ts";

const progress = (step: number): Progress => ({
  version: 1,
  step,
  updates: 2,
  data: { epoch: 1 },
  pending: { loss: 0.1 + 0.2, weight: 3, steps: 1 },
  accumulated: 5,
  trainedTokens: 9,
  best: { loss: 1.5, step: 1 },
  worse: 1,
  validated: true,
  metricsBytes: 12,
  fixed: { seed: 0 },
});

function write(folder: TempFolder, step: number): void {
  mx.tidy(() => {
    const state = {
      parameters: new Map([["a.lora_a", mx.array([step, 1.5])]]),
      optimizer: new Map([["a.lora_a.m", mx.array([0.25, 0.5])]]),
      gradients: new Map([["a.lora_a", mx.array([7, 8])]]),
      key: mx.random.key(step),
      updates: 2,
    };
    writeCheckpoint(folder.path, progress(step), state);
  });
}

const names = (folder: TempFolder) => readdirSync(join(folder.path, "checkpoints"));

describe("a checkpoint", () => {
  test("comes back with every number, and only the newest is kept", () => {
    using folder = new TempFolder();
    expectNoLeaks(() => {
      write(folder, 5);
      write(folder, 10);
      expect(names(folder)).toEqual(["0000010"]);
      const read = readCheckpoint(folder.path);
      expect(read.progress).toEqual(progress(10));
      expect(read.state.parameters.get("a.lora_a")!.tolist()).toEqual([10, 1.5]);
      expect(read.state.optimizer.get("a.lora_a.m")!.tolist()).toEqual([0.25, 0.5]);
      expect(read.state.gradients.get("a.lora_a")!.tolist()).toEqual([7, 8]);
      expect(read.state.key.tolist()).toEqual([0, 10]);
      mx.disposeAll(read.state);
    });
  });

  test("that was being written when the process was killed does not count, and the next one takes its place", () => {
    using folder = new TempFolder();
    write(folder, 5);
    const half = join(folder.path, "checkpoints/.partial");
    mkdirSync(half);
    writeFileSync(join(half, "state.safetensors"), "half");
    const read = readCheckpoint(folder.path);
    expect(read.progress.step).toBe(5);
    mx.disposeAll(read.state);
    write(folder, 6);
    expect(names(folder)).toEqual(["0000006"]);
  });

  test("of an earlier run is not gone on from, and stays until another is written", () => {
    using folder = new TempFolder();
    write(folder, 5);
    setCheckpointsAside(folder.path);
    write(folder, 7);
    setCheckpointsAside(folder.path);
    expect(() => readCheckpoint(folder.path)).toThrow("there is no checkpoint to go on from");
    expect(names(folder)).toEqual([".earlier-0000007"]);
    write(folder, 3);
    expect(names(folder)).toEqual(["0000003"]);
  });

  test("that cannot be written leaves the one before as it is", () => {
    using folder = new TempFolder();
    write(folder, 5);
    const blocked = join(folder.path, "checkpoints/.partial/state.safetensors");
    const state = { parameters: new Map(), optimizer: new Map(), gradients: new Map(), updates: 0 };
    const key = mx.random.key(0);
    key.dispose();
    expect(() => writeCheckpoint(folder.path, progress(6), { ...state, key })).toThrow(
      expect.objectContaining({ code: "checkpoint-unwritable", hint: expect.stringContaining("--resume") }),
    );
    expect(existsSync(blocked)).toBe(false);
    expect(names(folder)).toEqual(["0000005"]);
  });

  test.each(["state.safetensors", "progress.json"])("whose %s was cut off is named", (name) => {
    using folder = new TempFolder();
    write(folder, 5);
    truncateSync(join(folder.path, "checkpoints/0000005", name), 20);
    expect(() => readCheckpoint(folder.path)).toThrow(
      expect.objectContaining({ code: "bad-checkpoint", where: expect.stringContaining("0000005") }),
    );
  });

  test("that is not there is an error that says how to begin", () => {
    using folder = new TempFolder();
    expect(() => readCheckpoint(folder.path)).toThrow(
      expect.objectContaining({ code: "no-checkpoint", hint: expect.stringContaining("leave out --resume") }),
    );
  });
});
