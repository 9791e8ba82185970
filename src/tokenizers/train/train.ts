/**
 * Training: texts in, the files of a tokenizer out. Deterministic: the same texts in the same order, the same bytes.
 * Special tokens in the texts count as plain text, as in the Rust library.
 */
import { MdpError, UsageError } from "../../core/errors.ts";
import type { Source } from "../../core/stream.ts";
import { trainers } from "./index.ts";
import { specialTokens } from "./special-tokens.ts";
import type { BytePattern } from "./split.ts";
import { tokenizerFiles } from "./tokenizer-files.ts";
import type { TrainOptions } from "./trainer.ts";
import { WordTable } from "./word-table.ts";

export interface TrainSettings {
  /** A name of `trainers`. */
  model: string;
  vocabSize: number;
  /** Pairs that come less often make no token (BPE and WordPiece). */
  minFrequency: number;
  /** Byte-level BPE: which pattern cuts texts into words. */
  pattern: BytePattern;
  /** WordPiece: fold case and accents. */
  lowercase: boolean;
  /** Tokens of the user's own, after the fixed ones. */
  specialTokens: readonly string[];
  /** Most distinct words in memory: about 500 bytes each at the most, 4 kB in Unigram. */
  maxWords: number;
}

export interface TrainProgress {
  phase: "read" | "learn";
  texts: number;
  /** UTF-16 code units read. */
  characters: number;
  /** Distinct words. */
  words: number;
  /** `learn`: tokens of the vocabulary so far. */
  tokens: number;
}

export interface TrainHooks {
  signal?: AbortSignal | undefined;
  onProgress?: ((progress: TrainProgress) => void) | undefined;
}

export interface Trained {
  /** Contents by file name. */
  files: Record<string, string>;
  vocabSize: number;
  merges: number;
  texts: number;
  characters: number;
  /** Distinct words that training saw. */
  words: number;
  /** Words that were forgotten over `maxWords`, and their occurrences. */
  forgotten: { words: number; occurrences: number };
}

const TICK_MS = 50;

/**
 * Trains a tokenizer on a stream of texts, which is read once.
 *
 * @throws UsageError for settings that cannot be met; MdpError when the texts hold no words.
 */
export async function trainTokenizer(
  texts: Source<string>,
  settings: TrainSettings,
  { signal, onProgress }: TrainHooks = {},
): Promise<Trained> {
  const trainer = await trainers.load(settings.model);
  const special = specialTokens(settings.specialTokens);
  if (settings.vocabSize <= special.length) {
    throw new UsageError(
      `--vocab-size ${settings.vocabSize} leaves no room beside ${special.length} special tokens`,
      "8000 to 128000 are usual",
    );
  }
  const options: TrainOptions = { ...settings, special };
  const words = new WordTable(settings.maxWords);
  const progress: TrainProgress = { phase: "read", texts: 0, characters: 0, words: 0, tokens: 0 };
  const split = trainer.splitter(options);
  for await (const text of texts) {
    signal?.throwIfAborted();
    split(text, words);
    progress.texts++;
    progress.characters += text.length;
    progress.words = words.size;
    onProgress?.({ ...progress });
  }
  if (words.size === 0) {
    throw new MdpError({
      code: "nothing-to-train-on",
      message: `the ${progress.texts} texts of the input hold no words`,
      hint:
        words.forgotten.words > 0
          ? `all ${words.forgotten.words} words were forgotten, since none came twice; raise --max-words`
          : "check the paths, and --text-field for rows",
    });
  }
  progress.phase = "learn";
  // The first call always shows the phase and lets signals in, however short the learning.
  let last = Number.NEGATIVE_INFINITY;
  const learned = await trainer.learn(words, options, async (tokens) => {
    if (performance.now() - last < TICK_MS) return;
    progress.tokens = tokens;
    onProgress?.({ ...progress });
    // A turn of the event loop: signals come in there.
    await new Promise((resolve) => setImmediate(resolve));
    signal?.throwIfAborted();
    last = performance.now();
  });
  return {
    files: tokenizerFiles(learned, special),
    vocabSize: learned.tokens.length,
    merges: learned.merges?.length ?? 0,
    texts: progress.texts,
    characters: progress.characters,
    words: words.size,
    forgotten: words.forgotten,
  };
}
