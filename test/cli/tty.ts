/** Runs `mdp` on a real pseudo-terminal, so that what only a terminal gets to see can be tested. */
import { mdpCommand } from "../support/project.ts";

export interface TtyRun {
  code: number | null;
  /** Everything that the terminal was sent, stdout and stderr together. */
  screen: string;
}

/** What is typed once the terminal shows something new. */
export interface Typed {
  after: string;
  text: string;
}

export async function mdpOnTty(
  args: readonly string[],
  options: { cwd: string; columns?: number; env?: Record<string, string>; typed?: readonly Typed[] },
): Promise<TtyRun> {
  const typed = [...(options.typed ?? [])];
  const decoder = new TextDecoder();
  let screen = "";
  let seen = 0;
  const child = Bun.spawn(mdpCommand(args), {
    cwd: options.cwd,
    env: { ...process.env, NO_COLOR: undefined, TERM: "xterm-256color", ...options.env },
    terminal: {
      cols: options.columns ?? 80,
      rows: 24,
      data: (terminal, bytes) => {
        screen += decoder.decode(bytes, { stream: true });
        if (typed[0] && screen.includes(typed[0].after, seen)) {
          seen = screen.length;
          terminal.write(typed.shift()!.text);
        }
      },
    },
  });
  const code = await child.exited;
  child.terminal?.close();
  return { code, screen: screen.replaceAll("\r\n", "\n") };
}
