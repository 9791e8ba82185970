/** Folders whose changes the system tells of. What happened does not matter, only that something did. */
import { type FSWatcher, readdirSync, statSync, watch } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { LeavesOut } from "../../ingest/sources/source.ts";
import { type Trouble, troubleOf } from "./trouble.ts";

export interface FolderEvents {
  onChange(path: string): void;
  /** The system tells no more of changes, or not of all: they have to be looked for. */
  onTrouble(trouble: Trouble): void;
}

interface Watched {
  watcher: FSWatcher | undefined;
  /** Of the folder that the watch is on: one of the same name may take its place. */
  inode: number | undefined;
  /** Undefined where only some names count. */
  leavesOut: LeavesOut | undefined;
  names: Set<string>;
  /** When it was last seen in a scan. */
  round: number;
}

/** Never read, whatever the settings. */
const INTERNAL = new Set([".git", ".mdp"]);
/** Rules about what is left out stand in these, and are themselves hidden. */
const RULES = new Set([".gitignore", ".mdpignore"]);

/** One watch per folder: so ignored folders cost nothing, and the same code serves every system. */
export class WatchedFolders implements Disposable {
  readonly #events: FolderEvents;
  readonly #folders = new Map<string, Watched>();
  #round = 0;

  constructor(events: FolderEvents) {
    this.#events = events;
  }

  get size(): number {
    return this.#folders.size;
  }

  /** Begins a scan: folders that it does not add are let go at `endScan`. */
  beginScan(): void {
    this.#round++;
  }

  endScan(): void {
    for (const [dir, folder] of this.#folders) {
      if (folder.round === this.#round || folder.names.size > 0) continue;
      folder.watcher?.close();
      this.#folders.delete(dir);
    }
  }

  /** Watches a folder; call it before the folder is read, so that nothing is missed between the two. */
  add(dir: string, leavesOut: LeavesOut): void {
    const folder = this.#open(dir);
    folder.leavesOut = leavesOut;
    folder.round = this.#round;
  }

  /** Watches for one name in a folder, such as that of a file that was named alone. */
  addName(path: string): void {
    this.#open(dirname(path)).names.add(basename(path));
  }

  [Symbol.dispose](): void {
    for (const { watcher } of this.#folders.values()) watcher?.close();
    this.#folders.clear();
  }

  #open(dir: string): Watched {
    const inode = statSync(dir, { throwIfNoEntry: false })?.ino;
    const known = this.#folders.get(dir);
    if (known?.watcher && known.inode === inode) return known;
    known?.watcher?.close();
    const folder: Watched = known ?? {
      watcher: undefined,
      inode,
      leavesOut: undefined,
      names: new Set(),
      round: this.#round,
    };
    folder.inode = inode;
    folder.watcher = undefined;
    this.#folders.set(dir, folder);
    // A folder that is gone again is none that has to be looked for.
    if (inode === undefined) return folder;
    try {
      const watcher = watch(dir, (_, name) => this.#changed(dir, folder, name));
      // A folder that was removed is watched again when a scan finds it again.
      watcher.on("error", () => watcher.close());
      folder.watcher = watcher;
    } catch (error) {
      if (statSync(dir, { throwIfNoEntry: false })) this.#events.onTrouble(troubleOf(error, dir));
    }
    return folder;
  }

  #changed(dir: string, { names, leavesOut }: Watched, name: string | null): void {
    const path = name === null ? dir : join(dir, name);
    if (name === null || names.has(name) || (leavesOut && RULES.has(name))) {
      this.#events.onChange(path);
      return;
    }
    if (!leavesOut) return;
    const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
    if (leavesOut(name, isFolder)) return;
    if (isFolder) this.#adopt(path);
    this.#events.onChange(path);
  }

  /**
   * Watches a folder that has just appeared, and those in it: while they are filled nothing is to be ingested yet. Their
   * own rules are known after the next scan; until then everything in them counts.
   */
  #adopt(dir: string): void {
    if (this.#folders.get(dir)?.watcher) return;
    this.add(dir, (name) => INTERNAL.has(name));
    try {
      for (const entry of readdirSync(dir, { withFileTypes: true })) {
        if (entry.isDirectory() && !INTERNAL.has(entry.name)) this.#adopt(join(dir, entry.name));
      }
    } catch {
      // It is gone again, or may not be read: the scan will say so.
    }
  }
}
