/** The one schema of every setting: each folder's own, put together by section. */
import * as v from "valibot";
import { CurateSettings } from "../curate/config.ts";
import { DedupSettings } from "../curate/dedup/config.ts";
import { EmbedSettings } from "../embed/config.ts";
import { IngestSettings } from "../ingest/config.ts";
import { FormatsSettings, SourcesSettings } from "../ingest/external/config.ts";
import { EnginesSettings } from "../pipelines/engines/config.ts";
import { RunSettings, StepsSettings } from "../pipelines/project-run/config.ts";
import { WatchSettings } from "../pipelines/watch/config.ts";
import { SearchSettings } from "../search/config.ts";
import { AskSettings } from "../search/context/config.ts";
import { ShardSettings } from "../shard/config.ts";
import { StoreSettings } from "../store/config.ts";
import { TokenizerSettings } from "../tokenizers/train/config.ts";
import { TrainSettings } from "../train/config.ts";
import { ContrastiveSettings } from "../train/contrastive/config.ts";
import { PreferenceSettings } from "../train/preferences/config.ts";

/** One line per section of `mdp.yaml`. */
const sections = {
  ingest: v.optional(v.pipe(IngestSettings, v.description("Which files are read, and how they are cut.")), {}),
  embed: v.optional(v.pipe(EmbedSettings, v.description("The embedding model.")), {}),
  store: v.optional(v.pipe(StoreSettings, v.description("Tables and indices.")), {}),
  search: v.optional(v.pipe(SearchSettings, v.description("How passages are found and ranked.")), {}),
  ask: v.optional(v.pipe(AskSettings, v.description("The model that reads what was found.")), {}),
  curate: v.optional(v.pipe(CurateSettings, v.description("Which documents become training data.")), {}),
  dedup: v.optional(v.pipe(DedupSettings, v.description("Which documents count as copies.")), {}),
  shard: v.optional(v.pipe(ShardSettings, v.description("How tokens become shards.")), {}),
  train: v.optional(v.pipe(TrainSettings, v.description("How models are fine-tuned.")), {}),
  trainEmbedder: v.optional(v.pipe(ContrastiveSettings, v.description("How embedding models are fine-tuned.")), {}),
  trainPreferences: v.optional(v.pipe(PreferenceSettings, v.description("How models learn preferences.")), {}),
  tokenizer: v.optional(v.pipe(TokenizerSettings, v.description("How tokenizers are trained.")), {}),
  run: v.optional(v.pipe(RunSettings, v.description("What mdp run does where no steps are named.")), {}),
  watch: v.optional(v.pipe(WatchSettings, v.description("How mdp watch follows changes of files.")), {}),
};

/** Sections of `mdp.yaml` whose keys are names that the user gives; they have no flags and no variables. */
const named = {
  engines: v.optional(v.pipe(EnginesSettings, v.description("Engines by name: what becomes of which files.")), {}),
  formats: v.optional(v.pipe(FormatsSettings, v.description("Formats that external commands read.")), {}),
  sources: v.optional(v.pipe(SourcesSettings, v.description("Sources whose documents external commands give.")), {}),
  steps: v.optional(
    v.pipe(StepsSettings, v.description("Steps of mdp run by name: a verb, what it reads and makes.")),
    {},
  ),
};

export const Settings = v.strictObject({ ...sections, ...named });
type Parsed = v.InferOutput<typeof Settings>;
export type Settings = Omit<Parsed, "embed" | "engines"> & { embed: EmbedSettings; engines: EnginesSettings };

export type SectionName = keyof typeof sections;
export const sectionNames = Object.keys(sections) as SectionName[];

export const namedSectionNames = Object.keys(named) as (keyof typeof named)[];
