/** Which engines `--type` means. */
import { UsageError } from "../../core/errors.ts";
import { closest } from "../../core/suggest.ts";
import type { Engine } from "./engine.ts";

/**
 * The engines of some words: names of engines, else types with their aliases, which mean every engine of that type.
 * No words mean all engines.
 *
 * @throws UsageError for a word that means none
 */
export function selectEngines(engines: readonly Engine[], words: readonly string[]): Engine[] {
  if (words.length === 0) return [...engines];
  const chosen = new Set(words.flatMap((word) => enginesOf(engines, word)));
  return engines.filter((engine) => chosen.has(engine));
}

/** The one engine that files are forced into: the engine of that name, or the first of that type. */
export function selectEngine(engines: readonly Engine[], word: string): Engine {
  const found = enginesOf(engines, word);
  return found.find(({ name, kind }) => name === word || name === kind.name) ?? found[0]!;
}

function enginesOf(engines: readonly Engine[], word: string): Engine[] {
  const found = engines.filter(({ name, kind }) => name === word || kind.name === word || kind.aliases.includes(word));
  if (found.length > 0) return found;
  const known = [...new Set(engines.flatMap(({ name, kind }) => [name, ...kind.aliases]))];
  const near = closest(word, known);
  throw new UsageError(
    `there is no engine "${word}"`,
    `${near ? `did you mean "${near}"? ` : ""}engines: ${engines.map(({ name }) => name).join(", ")}`,
  );
}
