/** Why a name in a folder is left out, before anything is known of its content. */
import type { Project } from "../../../core/project.ts";
import type { IngestSettings } from "../../config.ts";
import type { SkipReason } from "../source.ts";
import { type IgnoreRules, judge, patternRules } from "./ignore-rules.ts";
import type { ResolvedRoot } from "./root.ts";

/** What holds below a root; `rules` are those of the folder that is looked at. */
export interface Naming {
  stateDir: string;
  hidden: boolean;
  /** The `exclude` setting. */
  excluded: IgnoreRules | undefined;
  rules: IgnoreRules | undefined;
}

export function namingOf(project: Project, root: ResolvedRoot, settings: IngestSettings): Omit<Naming, "rules"> {
  return {
    stateDir: project.stateDir,
    // A pattern that spells out a dot asks for hidden names.
    hidden: settings.hidden || (root.pattern !== undefined && /(^|\/)\.[^/.]/.test(root.pattern)),
    excluded: patternRules(settings.exclude, root.dir),
  };
}

export function nameSkipped(name: string, path: string, isFolder: boolean, naming: Naming): SkipReason | undefined {
  if (name === ".git" || name === ".mdp" || path === naming.stateDir) return "internal";
  let verdict = judge(naming.excluded, path, isFolder);
  if (verdict === "unmentioned") verdict = judge(naming.rules, path, isFolder);
  if (verdict === "ignored") return "ignored";
  return name.startsWith(".") && !naming.hidden && verdict !== "included" ? "hidden" : undefined;
}
