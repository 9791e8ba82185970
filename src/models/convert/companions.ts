/** The files of a model beside its weights and configuration: tokenizer, generation settings, code, card. */
import { existsSync } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { writeWhole } from "../../core/new-file.ts";
import { cardText, readCard } from "../hub/card.ts";
import { parseModelId } from "../hub/names.ts";

const taken =
  /\.(json|py|jinja|jsonl|tiktoken)$|^(tokenizer|spiece|sentencepiece\.bpe)\.model$|^(merges|vocab)\.txt$|^(LICENSE|NOTICE)/;
/** What is written anew, or describes the old weights. */
const left = /^(config|hf_quant_config|quantize_config|quant_config|adapter_config)\.json$|\.index\.json$/;

export async function copyCompanions(from: string, to: string): Promise<void> {
  for (const name of (await readdir(from)).sort()) {
    const path = join(from, name);
    if (!taken.test(name) || left.test(name) || !(await stat(path)).isFile()) continue;
    await writeWhole(join(to, name), await readFile(path));
  }
}

/**
 * The card README.md: the keys of the original's, with those by which the hub knows an MLX model.
 * @param name how the user called the model; an id of the hub is named as its origin
 */
export async function writeCard(from: string, to: string, name: string): Promise<void> {
  const before = readCard(join(from, "README.md")).keys;
  const tags = Array.isArray(before.tags) ? before.tags : [];
  const id = existsSync(name) ? undefined : parseModelId(name);
  const keys = {
    ...(Object.keys(before).length === 0 ? { language: "en" } : before),
    library_name: "mlx",
    pipeline_tag: "text-generation",
    tags: tags.includes("mlx") ? tags : [...tags, "mlx"],
    ...(id?.repo.includes("/") ? { base_model: id.repo } : {}),
  };
  await writeWhole(join(to, "README.md"), cardText({ keys, text: "" }));
}
