/**
 * What goes through libc: the environment as native libraries see it, and the return of freed memory. Bun's
 * `process.env` is a copy: what is assigned there never reaches `getenv` in a loaded library, so settings that native
 * code reads at load time are set here.
 */
import { CString, dlopen, type Pointer } from "bun:ffi";
import { assert, MdpError, messageOf } from "./errors.ts";

const symbols = {
  setenv: { args: ["ptr", "ptr", "i32"], returns: "i32" },
  unsetenv: { args: ["ptr"], returns: "i32" },
  getenv: { args: ["ptr"], returns: "ptr" },
} as const;

/** Names under which the C library is loaded, in the order tried. The second Linux name is musl's. */
function libraryNames(): string[] {
  if (process.platform === "darwin") return ["libSystem.B.dylib"];
  const arch = process.arch === "arm64" ? "aarch64" : "x86_64";
  return ["libc.so.6", `libc.musl-${arch}.so.1`];
}

function open() {
  const tried: string[] = [];
  for (const name of libraryNames()) {
    try {
      return dlopen(name, symbols).symbols;
    } catch (error) {
      tried.push(`${name}: ${messageOf(error)}`);
    }
  }
  throw new MdpError({
    code: "no-libc",
    message: `the C library could not be opened (${tried.join("; ")})`,
    hint: "run on Linux with glibc, or on macOS",
  });
}

let opened: ReturnType<typeof open> | undefined;
function libc() {
  opened ??= open();
  return opened;
}

/** A NUL-terminated copy, and a refusal of texts that C would read only in part. */
function cString(text: string): Buffer {
  assert(!text.includes("\0"), "an environment name or value holds a NUL");
  return Buffer.from(`${text}\0`);
}

/** A C name: `setenv` refuses an empty one and one with `=`. */
function cName(name: string): Buffer {
  assert(name !== "" && !name.includes("="), `"${name}" is not the name of an environment variable`);
  return cString(name);
}

export interface SetNativeEnvOptions {
  /** Replace a value that is already there; otherwise what the user set stands. */
  overwrite: boolean;
}

/**
 * Sets an environment variable for native code. Call it before the library that reads it is loaded, and before other
 * threads start: `setenv` is not safe against a concurrent `getenv`.
 */
export function setNativeEnv(name: string, value: string, options: SetNativeEnvOptions): void {
  const status = libc().setenv(cName(name), cString(value), options.overwrite ? 1 : 0);
  if (status !== 0) {
    throw new MdpError({ code: "setenv", message: `the environment variable ${name} could not be set` });
  }
}

/** Removes an environment variable for native code. */
export function unsetNativeEnv(name: string): void {
  libc().unsetenv(cName(name));
}

/** The value that native code sees, or undefined when the variable is not set. */
export function getNativeEnv(name: string): string | undefined {
  const address = libc().getenv(cName(name)) as Pointer | null;
  return address === null ? undefined : new CString(address).toString();
}

/** Names of glibc's `mallopt`, from malloc.h. */
const M_TRIM_THRESHOLD = -1;
const M_MMAP_THRESHOLD = -3;
const M_ARENA_MAX = -8;
/** glibc's own upper limit of `M_MMAP_THRESHOLD`. */
const LARGEST_IN_HEAP = 32 * 1024 ** 2;

const glibc = {
  mallopt: { args: ["i32", "i32"], returns: "i32" },
  malloc_trim: { args: ["u64"], returns: "i32" },
} as const;

function openGlibc() {
  if (process.platform !== "linux") return null;
  try {
    return dlopen("libc.so.6", glibc).symbols;
  } catch {
    return null; // musl
  }
}

let openedGlibc: ReturnType<typeof openGlibc> | undefined;
/** The allocator's own functions; null for C libraries that have none, and need none. */
function allocator() {
  if (openedGlibc === undefined) openedGlibc = openGlibc();
  return openedGlibc;
}

/**
 * Lets all threads of native code share so many heaps. glibc makes up to eight per core, and what is freed in one does
 * not serve the others. Call it before the libraries that start threads are loaded: the first of them decides.
 */
export function shareHeaps(count: number): void {
  allocator()?.mallopt(M_ARENA_MAX, count);
}

/** Bytes that `holdFreedMemory` was told of. */
let held: number | undefined;
let returning = 0;

function setThresholds(trimBytes: number, mapBytes: number): void {
  allocator()?.mallopt(M_TRIM_THRESHOLD, trimBytes);
  allocator()?.mallopt(M_MMAP_THRESHOLD, Math.min(mapBytes, LARGEST_IN_HEAP));
}

/**
 * Lets glibc hold up to so many freed bytes for the next allocation, where it would give most of them back to the
 * system at once. `returnFreedMemory` gives those back, too. Other C libraries have no such setting.
 */
export function holdFreedMemory(bytes: number): void {
  held = bytes;
  if (returning === 0) setThresholds(bytes, bytes);
}

/** Allocations of this size and more have pages of their own while memory is returned at once. */
const LARGE_BYTES = 1024 ** 2;
/** glibc's default. */
const TRIM_BYTES = 128 * 1024;

/**
 * Runs native work that allocates and frees much and seldom: large buffers go back to the system when they are freed,
 * and do not leave holes in the heaps; everything free does at its beginning, so that it is not held beside the work,
 * and at its end.
 */
export async function returningMemory<T>(body: () => Promise<T>): Promise<T> {
  if (returning++ === 0) {
    setThresholds(TRIM_BYTES, LARGE_BYTES);
    returnFreedMemory();
  }
  try {
    return await body();
  } finally {
    if (--returning === 0 && held !== undefined) setThresholds(held, held);
    returnFreedMemory();
  }
}

/**
 * Gives memory that native code has freed back to the system. glibc keeps it for its own threads, so that a process
 * with many of them grows; other C libraries have no such call and need none.
 */
export function returnFreedMemory(): void {
  allocator()?.malloc_trim(0n);
}
