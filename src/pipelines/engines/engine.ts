/** What an engine is: what becomes of some files, from cutting them to finding them again. */
import type { Document } from "../../core/document.ts";
import type { NamedBy } from "../../embed/config.ts";
import type { SearchSettings } from "../../search/config.ts";
import type { SearchTable } from "../../search/search.ts";
import type { StoreSettings } from "../../store/config.ts";
import type { Mapper } from "../../store/mappers/mapper.ts";
import type { StatementCalls } from "../../store/statement-calls.ts";

/** Takes the documents of one file and gives those that are stored instead: equal statements become one. */
export interface Gatherer {
  /** Chunker of what it gives, where the engine's settings name none. */
  readonly chunker: string;
  add(document: Document): void | Promise<void>;
  /** Called once, when the file has been read. */
  documents(): Iterable<Document> | AsyncIterable<Document>;
}

/** What a gatherer is told of the file that it is for. */
export interface GatherContext {
  /** Uri of the file. */
  item: string;
  /** The engine's table of executions. */
  calls(): Promise<StatementCalls>;
}

/** A kind of engine: what an entry of the registry says, and what an engine's settings may replace. */
export interface EngineKind {
  name: string;
  /** Raised when it makes other rows of the same file, so that the next run reads its files again. */
  version?: number;
  /** Other values of `--type` that mean it. */
  aliases: readonly string[];
  /** Kinds of documents (names of formats) that it takes in a mixed folder; the default engine takes the others. */
  formats: readonly string[];
  /** Name of the mapper of its table. */
  mapper: string;
  /** Chunker of every document; by default that of the document's kind. */
  chunker?: string;
  /** Embedding model that suits it best; where it is not at hand, the one of the settings stands in and that is said. */
  model?: string;
  /** Neighbouring passages become one hit: for text that is read on, where a definition or a statement stands alone. */
  joins?: boolean;
  /** Weights of the vector leg by the form of the query, where its table is asked alone and nobody sets one. */
  alpha?: SearchTable["alpha"];
  /** What holds where neither its entry nor the common sections say something else. */
  presets: { chunkTokens?: number; overlapTokens?: number; search?: Partial<EngineSearch> };
  /** For kinds whose formats give many documents that are stored as fewer. One gatherer per file. */
  gather?: (context: GatherContext) => Gatherer;
}

export type EngineSearch = Pick<SearchSettings, "mode" | "k" | "fusion" | "alpha">;

/** An engine of a project with all its settings. */
export interface Engine {
  name: string;
  kind: EngineKind;
  /** Name of its table. */
  table: string;
  mapper: Mapper;
  chunker: string | undefined;
  /** Formats that it takes, among the files of its `paths` when there are some; undefined takes all of those. */
  formats: readonly string[] | undefined;
  paths: readonly string[] | undefined;
  ignore: readonly string[];
  /** Returned with its hits. */
  context: string | null;
  /** The model that was asked for; undefined when nobody did, and `kind.model` is tried. */
  model: string | undefined;
  /** Variable that holds the key, where the model is at an endpoint. */
  keyFrom: string | undefined;
  /** Where a project's file has named the endpoint or the key. */
  named: NamedBy | undefined;
  chunkTokens: number;
  overlapTokens: number;
  search: EngineSearch;
  store: StoreSettings;
}
