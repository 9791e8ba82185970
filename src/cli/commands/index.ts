/** Every command, as citty's tree of lazy subcommands. Nothing here pulls in a command's own imports. */
import { type Command, define, type Group, globalArgs, type LazyCommand } from "../definition.ts";

function lazy(summary: string, load: () => Promise<{ default: Command }>): LazyCommand {
  return Object.assign(async () => (await load()).default, { summary });
}

/** @param fallback what runs when the next word names none of the commands */
function group(name: string, description: string, subCommands: Group["subCommands"], fallback?: LazyCommand): Group {
  return define({ meta: { name, description }, args: globalArgs, subCommands, ...(fallback ? { fallback } : {}) });
}

export const root = group("mdp", "files in, the best passages or training shards out, on your own machine.", {
  ingest: lazy("Read files and folders into the project.", () => import("./ingest.ts")),
  search: lazy("Find the best passages for a question.", () => import("./search.ts")),
  context: lazy("Put the best passages into one cited text.", () => import("./context.ts")),
  ask: lazy("Let a model answer from the project's passages.", () => import("./ask.ts")),
  get: lazy("Print the text of files, lines or passages.", () => import("./get.ts")),
  list: lazy("List the files that the project knows of.", () => import("./list.ts")),
  similar: lazy("Find passages that resemble one.", () => import("./similar.ts")),
  eval: lazy("Measure how well searches answer.", () => import("./eval.ts")),
  status: lazy("Show what the project holds.", () => import("./status.ts")),
  why: lazy("Tell where a passage is from, or what became of a file.", () => import("./why.ts")),
  plot: group("plot", "Draw what the project holds, and how well it answers, as SVG or HTML.", {
    lengths: lazy("How long passages and documents are.", () => import("./plot/lengths.ts")),
    scores: lazy("How scores fall from hit to hit, or measures of mdp eval.", () => import("./plot/scores.ts")),
    clusters: lazy("Passages as a map, by meaning.", () => import("./plot/clusters.ts")),
  }),
  run: lazy("Do everything that mdp.yaml names: only what changed.", () => import("./run.ts")),
  watch: lazy("Ingest again whenever files change.", () => import("./watch.ts")),
  trust: lazy("Allow the commands and endpoints that mdp.yaml names.", () => import("./trust.ts")),
  embed: lazy("Turn texts into vectors.", () => import("./embed.ts")),
  shard: group(
    "shard",
    "Turn files into training shards, and look after them.",
    {
      inspect: lazy("Describe a set of shards, or one shard.", () => import("./shard/inspect.ts")),
      verify: lazy("Check every shard against the index.", () => import("./shard/verify.ts")),
      reindex: lazy("Rebuild the index from the shards.", () => import("./shard/reindex.ts")),
      repack: lazy("Pack flat shards into rows, without tokenizing again.", () => import("./shard/repack.ts")),
      merge: lazy("Join several sets of shards.", () => import("./shard/merge.ts")),
      export: lazy("Write shards in another library's format.", () => import("./shard/export.ts")),
    },
    lazy("Filter, deduplicate, tokenize, pack and write training shards.", () => import("./shard/run.ts")),
  ),
  generate: lazy("Let a model go on with a prompt.", () => import("./generate.ts")),
  chat: lazy("Talk with a model.", () => import("./chat.ts")),
  curate: lazy("Filter files and repair their text; documents come out.", () => import("./curate.ts")),
  dedup: lazy("Remove documents that are copies of others.", () => import("./dedup.ts")),
  data: group("data", "Look at what ingest, curate, dedup and shard made, and go back to it.", {
    stats: lazy("Show counts, reasons and lengths.", () => import("./data/stats.ts")),
    sample: lazy("Show some documents or rows.", () => import("./data/sample.ts")),
    diff: lazy("Compare two states of the tables, or two outputs.", () => import("./data/diff.ts")),
    log: lazy("List the runs that made tables or an output.", () => import("./data/log.ts")),
    tag: lazy("Name the state of the tables, or the run of an output.", () => import("./data/tag.ts")),
    restore: lazy("Take the tables back to a tag, a run or a version.", () => import("./data/restore.ts")),
    verify: lazy("Check the tables, or an output against its manifest.", () => import("./data/verify.ts")),
    ngram: lazy("Train an n-gram model for the filter perplexity.", () => import("./data/ngram.ts")),
  }),
  loader: group("loader", "Read shards as training does.", {
    bench: lazy("Measure how fast shards are read.", () => import("./loader/bench.ts")),
  }),
  train: lazy("Fine-tune a model with LoRA, DoRA or all weights.", () => import("./train.ts")),
  "train-preferences": lazy("Fine-tune a model on pairs of answers: DPO.", () => import("./train-preferences.ts")),
  "train-embedder": lazy("Fine-tune an embedding model on pairs of texts.", () => import("./train-embedder.ts")),
  tokenizer: group("tokenizer", "Train tokenizers, and use them.", {
    train: lazy("Train a tokenizer on files.", () => import("./tokenizer/train.ts")),
    encode: lazy("Turn texts into ids.", () => import("./tokenizer/encode.ts")),
    decode: lazy("Turn ids back into texts.", () => import("./tokenizer/decode.ts")),
    inspect: lazy("Describe a tokenizer.", () => import("./tokenizer/inspect.ts")),
  }),
  index: group("index", "Look after the indices of the tables.", {
    status: lazy("Show the indices and what they cover.", () => import("./index-group/status.ts")),
    tune: lazy("Measure how vectors are best searched, and keep it.", () => import("./index-group/tune.ts")),
    rebuild: lazy("Build every index anew.", () => import("./index-group/rebuild.ts")),
  }),
  doctor: lazy("Check that everything works on this machine.", () => import("./doctor.ts")),
  model: group("model", "Get, change and look at models.", {
    list: lazy("List the models that are here.", () => import("./model/list.ts")),
    inspect: lazy("Describe a model.", () => import("./model/inspect.ts")),
    get: lazy("Download a model of the Hugging Face hub.", () => import("./model/get.ts")),
    remove: lazy("Delete a downloaded model.", () => import("./model/remove.ts")),
    convert: lazy("Convert a Hugging Face model to MLX.", () => import("./model/convert.ts")),
    quantize: lazy("Pack the weights of a model.", () => import("./model/quantize.ts")),
    dequantize: lazy("Turn packed weights into floats.", () => import("./model/dequantize.ts")),
    fuse: lazy("Put an adapter into the weights of its model.", () => import("./model/fuse.ts")),
    perplexity: lazy("Measure how well a model foresees a text.", () => import("./model/perplexity.ts")),
    bench: lazy("Measure how fast a model generates.", () => import("./model/bench.ts")),
    "export-gguf": lazy("Write a model as one GGUF file.", () => import("./model/export-gguf.ts")),
    "share-card": lazy("Write a model's README.md.", () => import("./model/share-card.ts")),
    path: lazy("Print the folder of a model.", () => import("./model/path.ts")),
    "convert-adapter": lazy("Write an adapter for PEFT or for mlx-lm.", () => import("./model/convert-adapter.ts")),
  }),
  config: group("config", "Show, check and describe the settings.", {
    show: lazy("Show the settings and where each comes from.", () => import("./config/show.ts")),
    schema: lazy("Print the JSON Schema of mdp.yaml.", () => import("./config/schema.ts")),
    check: lazy("Check mdp.yaml and the environment.", () => import("./config/check.ts")),
  }),
  version: lazy("Show the versions of mdp and its parts.", () => import("./version.ts")),
});
