/** What was learnt of models at endpoints, so that a run that has nothing to embed asks them nothing. */
import { mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { userCacheDir } from "../../core/cache-dir.ts";
import { writeWhole } from "../../core/new-file.ts";

export interface Learnt {
  /** Numbers of a vector. */
  dimension: number;
  /** Whether it takes `encoding_format: base64`. */
  base64: boolean;
}

type All = Record<string, Learnt>;

const file = () => join(userCacheDir(), "endpoints.json");

/** @param address `https://host/v1#name`, with what else decides the length of its vectors */
export function remembered(address: string): Learnt | undefined {
  const all = readAll();
  return Object.hasOwn(all, address) ? all[address] : undefined;
}

/** Keeps it, or forgets it; where the cache cannot be written the next run asks again. */
export async function remember(address: string, learnt: Learnt | undefined): Promise<void> {
  const { [address]: before, ...rest } = readAll();
  if (JSON.stringify(before) === JSON.stringify(learnt)) return;
  try {
    mkdirSync(dirname(file()), { recursive: true });
    const text = JSON.stringify(learnt ? { ...rest, [address]: learnt } : rest, null, 2);
    await writeWhole(file(), `${text}\n`);
  } catch {
    // It is only asked for once more.
  }
}

function readAll(): All {
  try {
    const all = JSON.parse(readFileSync(file(), "utf8")) as All;
    const isLearnt = ({ dimension, base64 }: Learnt) => Number.isInteger(dimension) && typeof base64 === "boolean";
    return Object.fromEntries(Object.entries(all).filter(([, learnt]) => isLearnt(learnt)));
  } catch {
    return {};
  }
}
