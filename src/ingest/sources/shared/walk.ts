/** Walks a folder in byte order of its paths, with bounded memory: one folder's names at a time per level. */
import type { BigIntStats, Dirent } from "node:fs";
import { readdir, realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import { messageOf } from "../../../core/errors.ts";
import { displayPath, type Project, uriOf } from "../../../core/project.ts";
import type { IngestSettings } from "../../config.ts";
import type { SkipReason, SourceEvents } from "../source.ts";
import { enterFolder, type IgnoreRules, outerRules } from "./ignore-rules.ts";
import { nameSkipped, namingOf } from "./naming.ts";
import { globDepth, type ResolvedRoot, relativePath, typeOf } from "./root.ts";

export interface WalkedFile {
  path: string;
  stats: BigIntStats;
}

/** A folder that is being walked. */
interface Frame {
  dir: string;
  /** Names that passed the rules, sorted; a folder's ends in `/`, so that whole paths come out in byte order. */
  names: string[];
  next: number;
  /** `device:inode` of the folders among `names` that are links. */
  links: ReadonlyMap<string, string>;
  rules: IgnoreRules | undefined;
  depth: number;
  identity: string;
}

/** Files whose sizes are asked for at the same time. */
const STAT_BATCH = 64;

export async function* walk(
  project: Project,
  root: ResolvedRoot,
  settings: IngestSettings,
  events: SourceEvents,
): AsyncGenerator<WalkedFile, void, undefined> {
  const walker = await createWalker(project, root, settings, events);
  const stack: Frame[] = [];
  const first = await walker.open(root.dir, walker.outer, 0);
  if (first) stack.push(first);

  while (stack.length > 0) {
    const frame = stack.at(-1)!;
    const name = frame.names[frame.next];
    if (name === undefined) {
      stack.pop();
    } else if (name.endsWith("/")) {
      frame.next++;
      const inner = await walker.enter(name, frame, stack);
      if (inner) stack.push(inner);
    } else {
      const batch: string[] = [];
      while (batch.length < STAT_BATCH && frame.names[frame.next]?.endsWith("/") === false) {
        batch.push(join(frame.dir, frame.names[frame.next++]!));
      }
      for (const look of await Promise.all(batch.map(walker.look))) {
        const found = look();
        if (found) yield found;
      }
    }
  }
}

async function createWalker(project: Project, root: ResolvedRoot, settings: IngestSettings, events: SourceEvents) {
  const realRoot = await realpath(root.dir).catch(() => root.dir);
  const glob = root.pattern === undefined ? undefined : new Bun.Glob(root.pattern);
  const maxDepth = root.pattern === undefined ? Number.POSITIVE_INFINITY : globDepth(root.pattern);
  const naming = namingOf(project, root, settings);
  /** Folders that were entered through a link. */
  const linked = new Set<string>();

  const skip = (path: string, reason: SkipReason, detail?: string) => {
    events.onSkip({ path: displayPath(project, path), reason, ...(detail === undefined ? {} : { detail }) });
  };
  const reject = (path: string, code: string, reason: string, hint?: string) => {
    events.onReject({ uri: uriOf(project, path), code, reason, hint });
  };

  /** The name to sort by, and what a link leads to; undefined when it is left out. */
  async function classify(
    dir: string,
    entry: Dirent,
    rules: IgnoreRules | undefined,
  ): Promise<{ name: string; identity?: string } | undefined> {
    const path = join(dir, entry.name);
    const link = entry.isSymbolicLink() ? await resolveLink(path) : undefined;
    const isFolder = link ? link.isFolder : entry.isDirectory();

    const reason = nameSkipped(entry.name, path, isFolder, { ...naming, rules }) ?? link?.skip;
    if (reason) return void skip(path, reason, link?.detail);
    if (isFolder) return { name: `${entry.name}/`, ...(link ? { identity: link.identity } : {}) };
    if (!(link?.isFile ?? entry.isFile())) return void skip(path, "not-a-file", typeOf(entry));
    if (glob && !glob.match(relativePath(root.dir, path))) return undefined;
    return { name: entry.name };
  }

  async function resolveLink(path: string) {
    try {
      const target = await realpath(path);
      const found = await stat(path, { bigint: true });
      const inside = target === realRoot || target.startsWith(realRoot === "/" ? "/" : `${realRoot}/`);
      const special = !found.isFile() && !found.isDirectory();
      return {
        isFolder: found.isDirectory(),
        isFile: found.isFile(),
        identity: `${found.dev}:${found.ino}`,
        skip: (inside ? (special ? "not-a-file" : undefined) : "outside-root") as SkipReason | undefined,
        detail: inside ? undefined : `leads to ${target}`,
      };
    } catch (error) {
      const detail = messageOf(error);
      return { isFolder: false, isFile: false, identity: "", skip: "broken-link" as SkipReason, detail };
    }
  }

  async function open(dir: string, outer: IgnoreRules | undefined, depth: number): Promise<Frame | undefined> {
    if (depth >= maxDepth) return undefined;
    let rules: IgnoreRules | undefined;
    events.onFolder?.(dir, (name, isFolder) => {
      return nameSkipped(name, join(dir, name), isFolder, { ...naming, rules }) !== undefined;
    });
    try {
      const listed = (await readdir(dir, { withFileTypes: true })).sort((a, b) => compareBytes(a.name, b.name));
      const found = await stat(dir, { bigint: true });
      const isRepository = listed.some((entry) => entry.name === ".git");
      rules = settings.gitignore ? enterFolder(dir, outer, isRepository) : undefined;
      const names: string[] = [];
      const links = new Map<string, string>();
      for (const entry of listed) {
        const kept = await classify(dir, entry, rules);
        if (!kept) continue;
        names.push(kept.name);
        if (kept.identity !== undefined) links.set(kept.name, kept.identity);
      }
      names.sort(compareBytes);
      return { dir, names, next: 0, links, rules, depth, identity: `${found.dev}:${found.ino}` };
    } catch (error) {
      const hint = "make it readable, or leave it out with --exclude";
      reject(dir, "folder-unreadable", messageOf(error), hint);
      return undefined;
    }
  }

  return {
    outer: settings.gitignore ? outerRules(root.dir, project.dir) : undefined,
    open,

    /** Opens a folder of `frame`, unless a link to it would walk in a circle or twice. */
    async enter(name: string, frame: Frame, stack: readonly Frame[]): Promise<Frame | undefined> {
      const path = join(frame.dir, name.slice(0, -1));
      const linkedTo = frame.links.get(name);
      if (linkedTo !== undefined) {
        if (linked.has(linkedTo) || stack.some((above) => above.identity === linkedTo)) {
          return void skip(path, "link-to-walked");
        }
        linked.add(linkedTo);
      }
      return open(path, frame.rules, frame.depth + 1);
    },

    /** Looks at a file. What was found is told later, since of several that are looked at together any may end first. */
    async look(path: string): Promise<() => WalkedFile | undefined> {
      try {
        const file = { path, stats: await stat(path, { bigint: true }) };
        return () => file;
      } catch (error) {
        if (path.includes("\ufffd")) {
          const hint = "rename it, for example with convmv";
          return () => void reject(path, "name-not-utf8", "the file's name is not valid UTF-8", hint);
        }
        const hint = "the file may have been removed during the run; run again";
        return () => void reject(path, "unreadable", messageOf(error), hint);
      }
    },
  };
}

/** Order of the UTF-8 bytes of two strings, without encoding them. */
export function compareBytes(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return rank(x) - rank(y);
  }
  return a.length - b.length;
}

/** Surrogates stand for code points above all other units. */
function rank(unit: number): number {
  return unit < 0xd800 ? unit : unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}
