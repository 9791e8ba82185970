/** Which files of a model are wanted: globs as `huggingface_hub` reads them, where `*` also stands for slashes. */

/** What mlx-lm takes of a model, with the folders of sentence-transformers in reach since `*` crosses slashes. */
export const DEFAULT_INCLUDE = [
  "*.json",
  "model*.safetensors",
  "*.py",
  "tokenizer.model",
  "*.tiktoken",
  "tiktoken.model",
  "*.txt",
  "*.jsonl",
  "*.jinja",
] as const;

export interface FilePatterns {
  include: readonly string[];
  exclude: readonly string[];
}

/** Whether a file is wanted: some glob includes it and none excludes it. A glob that ends in `/` is that folder. */
export function fileFilter({ include, exclude }: FilePatterns): (file: string) => boolean {
  const wanted = include.map(globToRegExp);
  const unwanted = exclude.map(globToRegExp);
  return (file) => wanted.some((glob) => glob.test(file)) && !unwanted.some((glob) => glob.test(file));
}

/** Python's fnmatch: `*`, `?`, `[abc]`, `[!abc]`; all else is itself. */
function globToRegExp(glob: string): RegExp {
  const text = glob.endsWith("/") ? `${glob}*` : glob;
  let source = "";
  for (let i = 0; i < text.length; i++) {
    const char = text[i]!;
    const end = char === "[" ? text.indexOf("]", text[i + 1] === "!" ? i + 3 : i + 2) : -1;
    if (char === "*") {
      // A run of stars says no more than one, and would make the search slow.
      if (text[i - 1] !== "*") source += "[^]*";
    } else if (char === "?") source += "[^]";
    else if (end !== -1) {
      const set = text.slice(i + 1, end).replace(/[\\[\]^]/g, "\\$&");
      source += set.startsWith("!") ? `[^${set.slice(1)}]` : `[${set}]`;
      i = end;
    } else source += char.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
  }
  return new RegExp(`^${source}$`);
}
