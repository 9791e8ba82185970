/**
 * What well-known embedding models need, for conversions of them that lost the files which say so. Nothing here is used
 * when the model's folder has its own word on it.
 */
import type { Pooling } from "../mlx/nn/pooling.ts";

export interface Family {
  /** Matches the name of the model, without its organisation and without what conversions add to it. */
  name: RegExp;
  pooling: Pooling;
  normalize: boolean;
  maxTokens: number;
  queryPrefix: string;
  documentPrefix: string;
  /** Folders of dense steps after the pooling, which a conversion has to keep. */
  dense?: readonly string[];
  /** Trained so that the first numbers of a vector are a vector of their own. */
  matryoshka?: true;
}

const REPRESENT = "Represent this sentence for searching relevant passages: ";
const REPRESENT_ZH = "为这个句子生成表示以用于检索相关文章：";
const INSTRUCT = "Instruct: Given a web search query, retrieve relevant passages that answer the query\nQuery:";

type Rest = Partial<Pick<Family, "queryPrefix" | "documentPrefix" | "dense" | "matryoshka">> & { raw?: true };

/** Normalised unless `raw`; without prompts unless they are given. */
function family(name: RegExp, pooling: Pooling, maxTokens: number, { raw, ...rest }: Rest = {}): Family {
  return { name, pooling, normalize: !raw, maxTokens, queryPrefix: "", documentPrefix: "", ...rest };
}

const nomic = { queryPrefix: "search_query: ", documentPrefix: "search_document: " };
const e5 = { queryPrefix: "query: ", documentPrefix: "passage: " };

export const families: readonly Family[] = [
  family(/^all-MiniLM-L6-v[12]$/i, "mean", 256),
  family(/^all-MiniLM-L12-v[12]$/i, "mean", 128),
  family(/^all-mpnet-base-v2$/i, "mean", 384),
  family(/^(all-mpnet-base-v1|all-distilroberta-v1)$/i, "mean", 512),
  family(/^multi-qa-(MiniLM-L6|mpnet-base|distilbert)-cos-v1$/i, "mean", 512),
  family(/^multi-qa-mpnet-base-dot-v1$/i, "cls", 512, { raw: true }),
  family(/^paraphrase-(MiniLM-L(3|6|12)-v2|multilingual-(MiniLM-L12|mpnet-base)-v2)$/i, "mean", 128, { raw: true }),
  family(/^paraphrase-mpnet-base-v2$/i, "mean", 512, { raw: true }),
  family(/^bge-(small|base|large)-en(-v1\.5)?$/i, "cls", 512, { queryPrefix: REPRESENT }),
  family(/^bge-(small|base|large)-zh(-v1\.5)?$/i, "cls", 512, { queryPrefix: REPRESENT_ZH }),
  family(/^bge-m3$/i, "cls", 8192),
  family(/^(multilingual-)?e5-(small|base|large)(-v2)?$/i, "mean", 512, e5),
  family(/^multilingual-e5-large-instruct$/i, "mean", 512, { queryPrefix: `${INSTRUCT} ` }),
  family(/^gte-(small|base|large)$/i, "mean", 512),
  family(/^gte-((base|large)-en-v1\.5|modernbert-base)$/i, "cls", 8192),
  family(/^gte-multilingual-base$/i, "cls", 8192, { matryoshka: true }),
  family(/^nomic-embed-text-v1$/i, "mean", 8192, nomic),
  family(/^nomic-embed-text-v1\.5$/i, "mean", 8192, { ...nomic, matryoshka: true }),
  family(/^(nomicai-)?modernbert-embed-base$/i, "mean", 8192, { ...nomic, matryoshka: true }),
  family(/^snowflake-arctic-embed-(xs|s|m|l)$/i, "cls", 512, { queryPrefix: REPRESENT }),
  family(/^snowflake-arctic-embed-m-v1\.5$/i, "cls", 512, { queryPrefix: REPRESENT, matryoshka: true }),
  family(/^snowflake-arctic-embed-(m|l)-v2\.0$/i, "cls", 8192, { queryPrefix: "query: ", matryoshka: true }),
  family(/^mxbai-embed-large-v1$/i, "cls", 512, { raw: true, queryPrefix: REPRESENT, matryoshka: true }),
  family(/^granite-embedding-(30m-english|125m-english|107m-multilingual|278m-multilingual)$/i, "cls", 512),
  family(/^granite-embedding-(small-)?english-r2$/i, "cls", 8192),
  family(/^Qwen3-Embedding-(0\.6B|4B|8B)$/i, "lasttoken", 32_768, { queryPrefix: INSTRUCT, matryoshka: true }),
  family(/^embeddinggemma-300m$/i, "mean", 2048, {
    queryPrefix: "task: search result | query: ",
    documentPrefix: "title: none | text: ",
    dense: ["2_Dense", "3_Dense"],
    matryoshka: true,
  }),
];

/** What converters put behind a model's name. */
const CONVERTED =
  /([-_.](mlx|[2-8]-?bit|q[2-8]|fp16|f16|bf16|fp32|float16|bfloat16|mxfp[48]|nvfp4|dwq|safetensors))+$/i;

export function familyOf(...names: readonly (string | undefined)[]): Family | undefined {
  const plain = names
    .filter((name) => name !== undefined)
    .map((name) => name.split("/").at(-1)!.replace(/@.*$/, "").replace(CONVERTED, ""));
  return families.find((family) => plain.some((name) => family.name.test(name)));
}
