/** English text that is the same on every machine: sentences drawn from this repository's own documents. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export { numbers } from "../../test/support/corpus.ts";

const REPOSITORY = join(import.meta.dir, "../..");

/** Sentences of the repository's Markdown files, without markup. */
export function sentencesOfRepository(): string[] {
  const files = readdirSync(REPOSITORY).filter((name) => name.endsWith(".md"));
  for (const name of readdirSync(join(REPOSITORY, "fixtures/documents"), { recursive: true }) as string[]) {
    if (name.endsWith(".md")) files.push(join("fixtures/documents", name));
  }
  const text = files
    .sort()
    .map((name) => readFileSync(join(REPOSITORY, name), "utf8"))
    .join("\n");
  const prose = text
    .replace(/```[\s\S]*?```/g, " ")
    .replace(/[|#*`_>[\]-]+/g, " ")
    .replace(/\s+/g, " ");
  return prose.split(/(?<=[.!?]) /).filter((s) => s.length > 30 && s.length < 400);
}

/** A Markdown file of a few sections, about `words` words long. */
export function markdownFile(sentences: readonly string[], next: (limit: number) => number, words: number): string {
  const parts: string[] = [];
  for (let written = 0, section = 0; written < words; section++) {
    const body: string[] = [];
    for (let i = 2 + next(5); i > 0; i--) body.push(sentences[next(sentences.length)]!);
    const paragraph = body.join(" ");
    written += paragraph.split(" ").length;
    parts.push(`## Section ${section} of case ${next(1_000_000)}\n\n${paragraph}\n`);
  }
  return parts.join("\n");
}
