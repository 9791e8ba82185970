/** Leak checks for tests of native code. */
import { expect } from "bun:test";
import {
  activeMemory,
  collectedHandles,
  cpuStream,
  currentStream,
  liveHandles,
  liveHandlesByKind,
} from "../../src/mlx/index.ts";

/**
 * Native objects that were made and not freed by their owners: what the collector freed still counts, since it may come
 * at any time, for what an earlier test forgot too.
 */
export function keptHandles(): number {
  return liveHandles() + collectedHandles();
}

/**
 * Runs `work` and expects that as many native objects are owned afterwards as before. Whatever it makes has to be freed
 * inside: by `using`, `tidy` or `dispose`, not by the collector.
 */
export function expectNoLeaks(work: () => void): void {
  const before = handlesBefore();
  work();
  expect({ kept: keptHandles(), ...liveHandlesByKind() }).toMatchObject({ kept: before });
}

/** The same for asynchronous work. */
export async function expectNoLeaksAsync(work: () => Promise<void>): Promise<void> {
  const before = handlesBefore();
  await work();
  expect({ kept: keptHandles(), ...liveHandlesByKind() }).toMatchObject({ kept: before });
}

/**
 * Expects the bytes that MLX's arrays hold after `many` runs to equal those after `few`: nothing stays behind, and
 * nothing that the first runs need to set up counts.
 */
export function expectFlatMemory(step: () => void, few = 10, many = 1000): void {
  for (let i = 0; i < few; i++) step();
  const before = activeMemory();
  for (let i = few; i < many; i++) step();
  expect(activeMemory()).toBe(before);
}

/** The default streams are made on first use and live as long as the process. */
function handlesBefore(): number {
  currentStream();
  cpuStream();
  return keptHandles();
}
