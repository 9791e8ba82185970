/** `watch`: ingest again whenever files change, with the model kept in memory in between. */
import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { FILE_NAME } from "../config/file.ts";
import type { Settings } from "../config/schema.ts";
import { InterruptedError, MdpError } from "../core/errors.ts";
import { say } from "../core/log.ts";
import { sleep } from "../core/pause.ts";
import type { Project } from "../core/project.ts";
import { Embedders } from "./ingest/embedders.ts";
import { pendingChanges } from "./ingest/pending.ts";
import { countsOf, type IngestProgress, type IngestReport, ingest } from "./ingest.ts";
import { defaultInputs, SOURCE } from "./project-run/steps.ts";
import { Changes } from "./watch/changes.ts";
import { WatchedFolders } from "./watch/folders.ts";
import type { Trouble } from "./watch/trouble.ts";

export interface WatchRequest {
  project: Project;
  /** Files, folders and globs; what `mdp run` would ingest when there are none. */
  inputs: readonly string[];
  type?: string | undefined;
  /** Look at the files from time to time instead of being told of changes. */
  poll: boolean;
  /** Reads the settings again. */
  settings: () => Promise<Settings>;
  signal: AbortSignal;
  onProgress?: (progress: IngestProgress) => void;
  /** Each round of which something came, and the first. */
  onRound: (report: IngestReport, changes: number) => Promise<void> | void;
  onNote: (note: string) => void;
  /** A round that failed; the next change begins another. */
  onError: (error: unknown) => void;
}

/** Time between two tries while another process writes to the project. */
const LOCKED_MS = 500;
/** Times that a look at all files took, spent before the next: a slow drive is not looked at without a pause. */
const LOOK_SHARE = 4;

/**
 * Runs until the signal.
 *
 * @throws InterruptedError at the signal; what the first reading of the settings throws; MdpError `project-gone`
 */
export async function watchProject(request: WatchRequest): Promise<never> {
  const { project, signal } = request;
  // Read before the settings are: a change while they are read, or in the first round, is one to take up.
  const configText = textOf(join(project.dir, FILE_NAME));
  const settings = await request.settings();
  const named = request.inputs.length > 0;
  // Inputs of the settings are meant from the project folder, those of the command from where it was given.
  const inputs = () =>
    named
      ? request.inputs.map((input) => resolve(input))
      : defaultInputs(project, settings).map((input) => fromProject(project, input));
  await using watching = new Watching(request, settings, configText, inputs());
  try {
    await watching.run();
  } catch (error) {
    if (signal.aborted) throw new InterruptedError();
    throw error;
  }
  throw new InterruptedError();
}

const fromProject = ({ dir }: Project, input: string) => (input.startsWith(SOURCE) ? input : resolve(dir, input));

class Watching implements AsyncDisposable {
  readonly #request: WatchRequest;
  readonly #changes = new Changes();
  readonly #folders: WatchedFolders;
  readonly #embedders = new Embedders();
  readonly #inputs: readonly string[];
  #settings: Settings;
  #configText: string | undefined;
  #polls: boolean;
  #stateInode: number | undefined;
  /** Time that the last look at all files took. */
  #lookMs = 0;

  constructor(request: WatchRequest, settings: Settings, configText: string | undefined, inputs: readonly string[]) {
    this.#request = request;
    this.#settings = settings;
    this.#configText = configText;
    this.#inputs = inputs;
    this.#polls = request.poll;
    this.#folders = new WatchedFolders({
      onChange: (path) => this.#changes.note(path),
      onTrouble: (trouble) => this.#poll(trouble),
    });
  }

  async run(): Promise<void> {
    const { project, signal, onNote } = this.#request;
    this.#watchNames();
    await this.#round(this.#inputs, 0);
    const every = this.#settings.watch.pollMs / 1000;
    const folders = this.#folders.size === 1 ? "1 folder" : `${this.#folders.size} folders`;
    onNote(this.#polls ? `looking for changes every ${every} s` : `watching ${folders}`);
    this.#checkProject();
    while (!signal.aborted) {
      const { watch } = this.#settings;
      const patience = Math.max(watch.pollMs, LOOK_SHARE * this.#lookMs);
      const gathered = await this.#changes.next(watch, signal, this.#polls ? patience : undefined);
      this.#checkProject();
      this.#watchNames();
      const text = textOf(join(project.dir, FILE_NAME));
      if (text !== this.#configText) await this.#reread();
      else if (!gathered && !(await this.#isPending())) continue;
      this.#configText = text;
      // A source is a command that ran at the start; files are what can be watched.
      await this.#round(
        this.#inputs.filter((input) => !input.startsWith(SOURCE)),
        gathered?.count ?? 0,
      );
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#folders[Symbol.dispose]();
    await this.#embedders[Symbol.asyncDispose]();
  }

  /** One ingest; its failure is told, and ends nothing. */
  async #round(inputs: readonly string[], changes: number): Promise<void> {
    const { project, type, signal, onProgress, onRound, onError } = this.#request;
    this.#folders.beginScan();
    try {
      const report = await this.#unlocked(() =>
        ingest({
          project,
          inputs: [...inputs],
          settings: this.#settings,
          type,
          signal,
          embedders: this.#embedders,
          ...(onProgress ? { onProgress } : {}),
          ...(this.#polls ? {} : { onFolder: (dir, leavesOut) => this.#folders.add(dir, leavesOut) }),
        }),
      );
      this.#folders.endScan();
      say("info", "round", { ingest: report.run, changes, ...countsOf(report) });
      await onRound(report, changes);
    } catch (error) {
      if (signal.aborted) throw error;
      onError(error);
    }
  }

  /** The project has one writer at a time: another is waited for. */
  async #unlocked<T>(body: () => Promise<T>): Promise<T> {
    const { signal, onNote } = this.#request;
    for (let told = false; ; told = true) {
      try {
        return await body();
      } catch (error) {
        if (!(error instanceof MdpError) || error.code !== "project-locked") throw error;
        if (!told) onNote(`waiting: ${error.message}`);
        await sleep(LOCKED_MS, signal);
      }
    }
  }

  /** Names whose folders a scan does not enter: mdp.yaml, files that were named alone, and roots that may go and come. */
  #watchNames(): void {
    if (this.#polls) return;
    this.#folders.addName(join(this.#request.project.dir, FILE_NAME));
    for (const input of this.#inputs) {
      if (!input.startsWith(SOURCE) && existsSync(dirname(input))) this.#folders.addName(input);
    }
  }

  async #reread(): Promise<void> {
    const { settings, onNote, onError } = this.#request;
    try {
      const before = JSON.stringify(this.#settings);
      this.#settings = await settings();
      if (JSON.stringify(this.#settings) === before) return;
      // What was loaded for other settings is not kept beside what is loaded now.
      await this.#embedders[Symbol.asyncDispose]();
      onNote(`${FILE_NAME} has changed: its settings hold from now on`);
    } catch (error) {
      onError(error);
      onNote("the settings from before hold until the file is mended");
    }
  }

  /** Whether an ingest would find something to do: asked where nobody tells. */
  async #isPending(): Promise<boolean> {
    const { project, type, signal, onError } = this.#request;
    const started = performance.now();
    const inputs = this.#inputs.filter((input) => !input.startsWith(SOURCE));
    try {
      const { fresh, changed, gone, unfinished } = await pendingChanges({
        project,
        settings: this.#settings,
        inputs,
        type,
        signal,
      });
      return fresh + changed + gone > 0 || unfinished;
    } catch (error) {
      if (signal.aborted) throw error;
      onError(error);
      return false;
    } finally {
      this.#lookMs = performance.now() - started;
    }
  }

  #poll({ reason, hint }: Trouble): void {
    if (this.#polls) return;
    this.#polls = true;
    this.#folders[Symbol.dispose]();
    const every = this.#settings.watch.pollMs / 1000;
    const note = `the system cannot tell of changes: ${reason}; looking for them every ${every} s`;
    this.#request.onNote(hint === undefined ? note : `${note}. To be told: ${hint}`);
  }

  /** A project that is removed while it is watched is not made again by the next round. */
  #checkProject(): void {
    const { stateDir } = this.#request.project;
    const inode = inodeOf(stateDir);
    this.#stateInode ??= inode;
    if (inode !== undefined && inode === this.#stateInode) return;
    throw new MdpError({
      code: "project-gone",
      message: "the project has been removed while it was watched",
      where: stateDir,
      hint: "start mdp watch again for a new one",
    });
  }
}

const inodeOf = (path: string) => statSync(path, { throwIfNoEntry: false })?.ino;

/** What a file holds; undefined where there is none that can be read. */
function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
