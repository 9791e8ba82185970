/**
 * What well-known embedding models need, for conversions of them that lost the files which say so. Nothing here is used
 * when the model's folder has its own word on it.
 */
import type { Pooling } from "../mlx/nn/pooling.ts";

export interface Family {
  /** Matches the name of the model, without its organisation. */
  name: RegExp;
  pooling: Pooling;
  normalize: boolean;
  maxTokens: number;
  queryPrefix: string;
  documentPrefix: string;
}

export const families: readonly Family[] = [
  {
    name: /^all-MiniLM-L6-v[12]$/,
    pooling: "mean",
    normalize: true,
    maxTokens: 256,
    queryPrefix: "",
    documentPrefix: "",
  },
  {
    name: /^all-MiniLM-L12-v[12]$/,
    pooling: "mean",
    normalize: true,
    maxTokens: 128,
    queryPrefix: "",
    documentPrefix: "",
  },
  {
    name: /^bge-(small|base|large)-en(-v1\.5)?$/,
    pooling: "cls",
    normalize: true,
    maxTokens: 512,
    queryPrefix: "Represent this sentence for searching relevant passages: ",
    documentPrefix: "",
  },
  {
    name: /^e5-(small|base|large)(-v2)?$/,
    pooling: "mean",
    normalize: true,
    maxTokens: 512,
    queryPrefix: "query: ",
    documentPrefix: "passage: ",
  },
  {
    name: /^gte-(small|base|large)$/,
    pooling: "mean",
    normalize: true,
    maxTokens: 512,
    queryPrefix: "",
    documentPrefix: "",
  },
];

export function familyOf(...names: readonly (string | undefined)[]): Family | undefined {
  const plain = names.filter((name) => name !== undefined).map((name) => name.split("/").at(-1)!);
  return families.find((family) => plain.some((name) => family.name.test(name)));
}
