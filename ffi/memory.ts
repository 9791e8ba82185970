/**
 * Who frees what. A `NativeHandle` owns one native object and frees it once: by `dispose` or `using`, by the `tidy`
 * around it, and only as a backstop by the collector, which cannot see how much native memory a handle holds.
 */
import { MlxError } from "./errors.ts";
import type { Handle } from "./types.ts";

/** A kind of native object: its name in errors, and how it is freed. */
export interface HandleKind {
  readonly name: string;
  /** Whether `tidy` frees handles of this kind; others are kept by whoever made them. */
  readonly scoped: boolean;
  readonly free: (handle: Handle) => void;
  readonly registry: FinalizationRegistry<Handle>;
  /** Objects of this kind that are owned now. */
  live: number;
}

const kinds: HandleKind[] = [];
let collected = 0;

export function defineHandleKind(name: string, free: (handle: Handle) => void, scoped = false): HandleKind {
  const registry = new FinalizationRegistry<Handle>((handle) => {
    kind.live--;
    collected++;
    free(handle);
  });
  const kind: HandleKind = { name, scoped, free, registry, live: 0 };
  kinds.push(kind);
  return kind;
}

/** Native objects that are owned by JavaScript now and not freed yet. */
export function liveHandles(): number {
  return kinds.reduce((sum, { live }) => sum + live, 0);
}

/** The same by kind, for messages of leak tests. */
export function liveHandlesByKind(): Record<string, number> {
  const found: Record<string, number> = {};
  for (const { name, live } of kinds) if (live !== 0) found[name] = (found[name] ?? 0) + live;
  return found;
}

/** Native objects that their owners forgot and the collector has freed. */
export function collectedHandles(): number {
  return collected;
}

/** The handles of a `tidy` as a chain, the newest first. */
interface Scope {
  newest: NativeHandle | undefined;
}

let scope: Scope | undefined;

/** Owns one native object. */
export class NativeHandle implements Disposable {
  readonly #kind: HandleKind;
  #handle: Handle | undefined;
  #scope: Scope | undefined;
  /** Its neighbours in the scope's chain. */
  #newer: NativeHandle | undefined;
  #older: NativeHandle | undefined;

  constructor(kind: HandleKind, handle: Handle) {
    this.#kind = kind;
    this.#handle = handle;
    kind.live++;
    if (kind.scoped && scope) this.#enter(scope);
    else kind.registry.register(this, handle, this);
  }

  /** The native handle; an error when it was freed. */
  get handle(): Handle {
    if (this.#handle === undefined) {
      throw new MlxError(this.#kind.name, "used after it was freed", {
        hint: "return it from tidy(), or dispose of it later",
      });
    }
    return this.#handle;
  }

  get isDisposed(): boolean {
    return this.#handle === undefined;
  }

  /** Frees the native object. Calling it again does nothing. */
  dispose(): void {
    const handle = this.#handle;
    if (handle === undefined) return;
    this.#handle = undefined;
    if (this.#scope) this.#leave(this.#scope);
    else this.#kind.registry.unregister(this);
    this.#kind.live--;
    this.#kind.free(handle);
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  /** Moves it to another `tidy` scope, or out of all. */
  moveTo(target: Scope | undefined): void {
    const handle = this.#handle;
    if (handle === undefined || this.#scope === target) return;
    const { registry } = this.#kind;
    if (this.#scope) this.#leave(this.#scope);
    else registry.unregister(this);
    if (target) this.#enter(target);
    else registry.register(this, handle, this);
  }

  /** A scope frees what it holds: the collector need not watch that, which would cost more than all the rest. */
  #enter(target: Scope): void {
    this.#scope = target;
    this.#older = target.newest;
    if (target.newest) target.newest.#newer = this;
    target.newest = this;
  }

  #leave(from: Scope): void {
    if (this.#newer) this.#newer.#older = this.#older;
    else from.newest = this.#older;
    if (this.#older) this.#older.#newer = this.#newer;
    this.#scope = this.#newer = this.#older = undefined;
  }
}

/**
 * Runs `work` and frees every array made inside but those in its result, also when it throws. The result may be an
 * array, or plain objects, lists, maps and sets of them; what it holds then belongs to the `tidy` around, if any.
 * Synchronous: an array that is still needed after an `await` would be freed under it.
 */
export function tidy<T>(work: () => T): T {
  const outer = scope;
  const inner: Scope = { newest: undefined };
  scope = inner;
  try {
    const result = work();
    if (result instanceof Promise) {
      result.catch(() => {});
      throw new MlxError("tidy", "the function is asynchronous", { hint: "await outside, and tidy the steps between" });
    }
    for (const kept of handlesIn(result)) if (!kept.isDisposed) kept.moveTo(outer);
    return result;
  } finally {
    scope = outer;
    while (inner.newest) inner.newest.dispose();
  }
}

/** Takes handles out of every `tidy` scope: the caller frees them. Returns its argument. */
export function keep<T>(value: T): T {
  for (const handle of handlesIn(value)) handle.moveTo(undefined);
  return value;
}

/** Frees every handle in a tree of lists, maps, sets and plain objects. */
export function disposeAll(value: unknown): void {
  for (const handle of handlesIn(value)) handle.dispose();
}

/** The handles in a tree of lists, maps, sets and plain objects. */
function handlesIn(value: unknown, found = new Set<NativeHandle>(), seen = new Set<object>()): Set<NativeHandle> {
  if (typeof value !== "object" || value === null || seen.has(value)) return found;
  seen.add(value);
  if (value instanceof NativeHandle) found.add(value);
  else if (value instanceof Map) for (const item of value.values()) handlesIn(item, found, seen);
  else if (Array.isArray(value) || value instanceof Set) for (const item of value) handlesIn(item, found, seen);
  else if (isPlain(value)) for (const item of Object.values(value)) handlesIn(item, found, seen);
  return found;
}

function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
