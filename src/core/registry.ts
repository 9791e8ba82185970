/** Registries: names to lazily imported entries, with an error that lists what exists. */
import { UsageError } from "./errors.ts";
import { closest } from "./suggest.ts";

/** One static `import()` line per entry: a compiled executable can only load paths that it saw at build time. */
export type Loaders<T> = Readonly<Record<string, () => Promise<{ default: T }>>>;

export interface Registry<T> {
  readonly kind: string;
  readonly names: readonly string[];
  has(name: string): boolean;
  /** Loads an entry; a `UsageError` that lists the known names when there is none. */
  load(name: string): Promise<T>;
}

export function defineRegistry<T>(kind: string, loaders: Loaders<T>): Registry<T> {
  const names = Object.keys(loaders);
  return {
    kind,
    names,
    has: (name) => Object.hasOwn(loaders, name),
    async load(name) {
      const loader = Object.hasOwn(loaders, name) ? loaders[name] : undefined;
      if (!loader) {
        const near = closest(name, names);
        throw new UsageError(
          `unknown ${kind} "${name}"`,
          `${near ? `did you mean "${near}"? ` : ""}known: ${names.join(", ")}`,
        );
      }
      return (await loader()).default;
    },
  };
}
