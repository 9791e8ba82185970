/** Finds libmlxc and opens it, or says what was tried and what to do. */
import { dlopen, type Library as FfiLibrary } from "bun:ffi";
import { existsSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { installErrorHandler } from "./call.ts";
import { type Attempt, LibraryError } from "./errors.ts";
import { headerHash, pinned } from "./header-hash.ts";
import { symbols } from "./symbols/index.ts";

/** The functions of mlx-c, typed by the tables. */
export type Mlxc = FfiLibrary<typeof symbols>["symbols"];

/** Where a library came from, in the order in which they are tried. */
export type Origin = "MDP_MLXC" | "embedded" | "repository" | "homebrew" | "system";

export interface OpenLibrary {
  readonly symbols: Mlxc;
  /** Absolute path of the opened file. */
  readonly path: string;
  readonly origin: Origin;
}

export interface LookupOptions {
  /** The folder of the libraries that are embedded in the executable, unpacked; undefined outside of one. */
  embedded: () => string | undefined;
  environment?: Readonly<Record<string, string | undefined>>;
  platform?: NodeJS.Platform;
  /** Folder that holds `.mlx/`; null in a compiled executable, which has no repository. */
  repository?: string | null;
  /** Homebrew's prefixes, then the system's: folders with `lib/` and `include/`. */
  homebrewPrefixes?: readonly string[];
  systemPrefixes?: readonly string[];
}

interface Candidate {
  origin: Origin;
  /** The library file. */
  path: string;
  /** Include folder whose headers must be the pinned ones; undefined for what was built into the executable. */
  includeDir: string | undefined;
}

const buildCommand = "scripts/build-mlx-c.sh";

/**
 * Opens the first library that is there. A copy from outside the executable is used only when the headers beside it
 * are those that the tables were checked against: any other would be called with the wrong arguments.
 */
export function openLibrary(options: LookupOptions): OpenLibrary {
  const { path, origin } = findLibrary(options);
  let opened: Mlxc;
  try {
    opened = dlopen(path, symbols).symbols;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new LibraryError("MLX's library could not be loaded:", [{ place: path, reason }], hintFor(origin));
  }
  installErrorHandler(opened);
  return { symbols: opened, path, origin };
}

/** The library that `openLibrary` would open. */
export function findLibrary(options: LookupOptions): { path: string; origin: Origin } {
  const tried: Attempt[] = [];
  for (const candidate of candidates(options)) {
    const reason = refusal(candidate);
    if (!reason) return { path: candidate.path, origin: candidate.origin };
    tried.push({ place: `${candidate.origin}: ${candidate.path}`, reason });
    // Whoever names a library wants that one or an error, not another in its place.
    if (candidate.origin === "MDP_MLXC") {
      throw new LibraryError("the library that MDP_MLXC names cannot be used:", tried, hintFor("MDP_MLXC"));
    }
  }
  throw new LibraryError("MLX's library was not found:", tried, hintFor("repository"));
}

function hintFor(origin: Origin): string {
  switch (origin) {
    case "MDP_MLXC":
      return `point MDP_MLXC at a folder with lib/ and include/ of mlx-c ${pinned.mlxC}, or unset it`;
    case "embedded":
      return "install mdp again: the libraries inside the executable do not fit this system";
    default:
      return isCompiled() ? "install mdp again, or set MDP_MLXC" : `run ${buildCommand}`;
  }
}

/** Why a candidate cannot be used; undefined when it can. */
function refusal({ path, includeDir }: Candidate): string | undefined {
  if (!existsSync(path)) return "not there";
  if (includeDir === undefined) return undefined;
  const hash = headerHash(includeDir);
  if (hash === undefined) return `no mlx-c headers in ${includeDir}, so its version cannot be told`;
  if (hash !== pinned.headers) return `its headers in ${includeDir} are not those of mlx-c ${pinned.mlxC}`;
  return undefined;
}

function* candidates(options: LookupOptions): Generator<Candidate> {
  const environment = options.environment ?? process.env;
  const platform = options.platform ?? process.platform;
  const file = platform === "darwin" ? "libmlxc.dylib" : "libmlxc.so";
  const inPrefix = (origin: Origin, prefix: string, lib = "lib"): Candidate => ({
    origin,
    path: join(prefix, lib, file),
    includeDir: join(prefix, "include"),
  });

  function* installed(): Generator<Candidate> {
    for (const prefix of options.homebrewPrefixes ?? homebrewPrefixes(environment, platform)) {
      yield inPrefix("homebrew", prefix);
    }
    for (const prefix of options.systemPrefixes ?? ["/usr/local", "/usr"]) {
      for (const lib of systemLibFolders(platform)) yield inPrefix("system", prefix, lib);
    }
  }

  if (environment.MDP_MLXC) yield named(resolve(environment.MDP_MLXC), file);

  // A package manager that keeps mlx-c itself asks for its copy first; one with other headers is passed over.
  if (environment.MDP_SYSTEM_MLXC === "1") yield* installed();

  const embedded = options.embedded();
  if (embedded !== undefined) yield { origin: "embedded", path: join(embedded, file), includeDir: undefined };

  const repository = options.repository === undefined ? repositoryDir() : options.repository;
  if (repository !== null) yield inPrefix("repository", join(repository, ".mlx"));

  yield* installed();
}

/** What MDP_MLXC names: the library file, the folder that holds it, or the prefix above that. */
function named(path: string, file: string): Candidate {
  const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory();
  const library = !isFolder ? path : existsSync(join(path, "lib", file)) ? join(path, "lib", file) : join(path, file);
  return { origin: "MDP_MLXC", path: library, includeDir: join(dirname(dirname(library)), "include") };
}

/** A compiled executable's modules live in Bun's virtual file system. */
function isCompiled(): boolean {
  return import.meta.dir.startsWith("/$bunfs/");
}

function repositoryDir(): string | null {
  return isCompiled() ? null : dirname(import.meta.dir);
}

function homebrewPrefixes(
  environment: Readonly<Record<string, string | undefined>>,
  platform: NodeJS.Platform,
): string[] {
  const roots = platform === "darwin" ? ["/opt/homebrew", "/usr/local"] : ["/home/linuxbrew/.linuxbrew"];
  if (environment.HOMEBREW_PREFIX) roots.unshift(environment.HOMEBREW_PREFIX);
  // The formula's own folder: the shared lib/ may hold another version's library than include/ has headers.
  return [...new Set(roots)].map((root) => join(root, "opt", "mlx-c"));
}

function systemLibFolders(platform: NodeJS.Platform): string[] {
  if (platform === "darwin") return ["lib"];
  return ["lib", `lib/${process.arch === "arm64" ? "aarch64" : "x86_64"}-linux-gnu`, "lib64"];
}
