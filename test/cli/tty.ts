/** Runs `mdp` on a real pseudo-terminal, so that what only a terminal gets to see can be tested. */
import { mdpCommand } from "../support/project.ts";

export interface TtyRun {
  code: number | null;
  /** Everything that the terminal was sent, stdout and stderr together. */
  screen: string;
}

export async function mdpOnTty(
  args: readonly string[],
  options: { cwd: string; columns?: number; env?: Record<string, string> },
): Promise<TtyRun> {
  const decoder = new TextDecoder();
  let screen = "";
  const child = Bun.spawn(mdpCommand(args), {
    cwd: options.cwd,
    env: { ...process.env, NO_COLOR: undefined, TERM: "xterm-256color", ...options.env },
    terminal: {
      cols: options.columns ?? 80,
      rows: 24,
      data: (_terminal, bytes) => {
        screen += decoder.decode(bytes, { stream: true });
      },
    },
  });
  const code = await child.exited;
  child.terminal?.close();
  return { code, screen: screen.replaceAll("\r\n", "\n") };
}
