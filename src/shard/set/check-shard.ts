/** What must hold in every shard, whoever wrote it: ids, segments, offsets and counts agree. */
import { flatTensors, packedTensors, type SetFacts } from "../layout.ts";
import type { OpenShard } from "../open-shard.ts";
import type { TokenArray } from "../staging/token-file.ts";
import { contentHash } from "../write/shard-file.ts";

/** What is wrong with a shard's contents, in words; nothing when all is well. */
export function checkShard(open: OpenShard): string[] {
  const hash = contentHash(open.contents.tensors.map(({ name }) => ({ name, data: open.tensor(name)! })));
  const problems = hash === open.shard.content_hash ? [] : ["its contents do not have the hash that its header has"];
  return [...problems, ...(open.set.layout === "packed" ? checkPacked(open) : checkFlat(open))];
}

function checkPacked({ set, shard, contents, tensor }: OpenShard): string[] {
  const ids = tokensOf(set, tensor(packedTensors.ids));
  const segments = tensor(packedTensors.segments);
  const mask = tensor(packedTensors.lossMask);
  if (!ids || !(segments instanceof Uint16Array)) return ["it has no input_ids or segment_ids of the right type"];
  const { samples, seq_len: width } = shard;
  const misshaped = contents.tensors.filter(({ shape }) => shape[0] !== samples || shape[1] !== width);
  if (misshaped.length > 0 || width === null) return [`${misshaped[0]?.name} is not ${samples} rows of ${width}`];
  const problems = [...outOfVocabulary(ids, set.vocab_size)];
  const { tokens, badRow } = checkSegments(segments, width);
  if (badRow >= 0) problems.push(`the segments of row ${badRow} do not count up from 1 with padding at the end`);
  if (tokens !== shard.tokens) problems.push(`it has ${tokens} tokens, its header says ${shard.tokens}`);
  if (shard.tokens + shard.padding_tokens !== ids.length) problems.push("its padding is not what its header says");
  const padId = set.pad_id ?? 0;
  if (segments.some((segment, cell) => segment === 0 && ids[cell] !== padId)) problems.push(`padding is not ${padId}`);
  if (mask?.some((bit, cell) => Number(bit) > (segments[cell] === 0 ? 0 : 1))) problems.push("its loss mask is wrong");
  return problems;
}

/** Counts real tokens, and finds a row whose segments are not 1, 2, … in runs, then zeros. */
function checkSegments(segments: Uint16Array, width: number): { tokens: number; badRow: number } {
  let tokens = 0;
  let badRow = -1;
  for (let start = 0; start < segments.length; start += width) {
    let last = 0;
    let padding = false;
    for (let cell = start; cell < start + width; cell++) {
      const segment = segments[cell]!;
      if (segment === 0) padding = true;
      else {
        if (padding || (segment !== last && segment !== last + 1)) badRow = Math.floor(start / width);
        last = segment;
        tokens++;
      }
    }
    if (last === 0) badRow = Math.floor(start / width);
  }
  return { tokens, badRow };
}

function checkFlat({ set, shard, tensor }: OpenShard): string[] {
  const tokens = tokensOf(set, tensor(flatTensors.tokens));
  const offsets = tensor(flatTensors.offsets);
  const docIds = tensor(flatTensors.docIds);
  const mask = tensor(flatTensors.lossMask);
  if (!tokens || !(offsets instanceof BigUint64Array) || !(docIds instanceof BigUint64Array)) {
    return ["it has no tokens, doc_offsets or doc_ids of the right type"];
  }
  const problems = [...outOfVocabulary(tokens, set.vocab_size)];
  if (tokens.length !== shard.tokens) problems.push(`it has ${tokens.length} tokens, its header says ${shard.tokens}`);
  if (docIds.length !== shard.samples || offsets.length !== shard.samples + 1) {
    problems.push(`it has ${docIds.length} documents, its header says ${shard.samples}`);
  }
  const falls = offsets.findIndex((offset, index) => index > 0 && offset < offsets[index - 1]!);
  if (falls >= 0) problems.push(`the offset of document ${falls} is smaller than the one before`);
  if (offsets[0] !== 0n || offsets.at(-1) !== BigInt(tokens.length))
    problems.push("its offsets do not span its tokens");
  if (mask && (mask.length !== tokens.length || mask.some((bit) => Number(bit) > 1))) {
    problems.push("its loss mask is wrong");
  }
  return problems;
}

function tokensOf({ dtype }: SetFacts, data: unknown): TokenArray | undefined {
  if (dtype === "uint16" && data instanceof Uint16Array) return data;
  return dtype === "uint32" && data instanceof Uint32Array ? data : undefined;
}

function outOfVocabulary(ids: TokenArray, vocabSize: number): string[] {
  for (let at = 0; at < ids.length; at++) {
    if (ids[at]! >= vocabSize) return [`token ${at} is ${ids[at]}, the vocabulary ends at ${vocabSize - 1}`];
  }
  return [];
}
