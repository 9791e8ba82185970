/** Every command: its summary for the overview, and how to load it. Nothing here pulls in a command's own imports. */
import type { Command } from "../command.ts";

export interface CommandEntry {
  summary: string;
  load: () => Promise<{ default: Command }>;
}
export interface CommandGroup {
  summary: string;
  commands: Readonly<Record<string, CommandEntry>>;
}

export const commands: Readonly<Record<string, CommandEntry | CommandGroup>> = {
  ingest: { summary: "Read files and folders into the project.", load: () => import("./ingest.ts") },
  search: { summary: "Find the best passages for a question.", load: () => import("./search.ts") },
  status: { summary: "Show what the project holds.", load: () => import("./status.ts") },
  embed: { summary: "Turn texts into vectors.", load: () => import("./embed.ts") },
  doctor: { summary: "Check that everything works on this machine.", load: () => import("./doctor.ts") },
  model: {
    summary: "Look at the embedding models that are here.",
    commands: {
      list: { summary: "List the models that are here.", load: () => import("./model/list.ts") },
      inspect: { summary: "Describe a model.", load: () => import("./model/inspect.ts") },
      path: { summary: "Print the folder of a model.", load: () => import("./model/path.ts") },
    },
  },
  config: {
    summary: "Show, check and describe the settings.",
    commands: {
      show: { summary: "Show the settings and where each comes from.", load: () => import("./config/show.ts") },
      schema: { summary: "Print the JSON Schema of mdp.yaml.", load: () => import("./config/schema.ts") },
      check: { summary: "Check mdp.yaml and the environment.", load: () => import("./config/check.ts") },
    },
  },
  version: { summary: "Show the versions of mdp and its parts.", load: () => import("./version.ts") },
};

export function isGroup(entry: CommandEntry | CommandGroup): entry is CommandGroup {
  return "commands" in entry;
}
